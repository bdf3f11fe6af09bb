package dev.assay.marketplace.platform;

import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.scheduling.annotation.ScheduledAnnotationBeanPostProcessor;

/** What is done by the clock; by one replica, where that is enough. */
class Chores extends ScheduledAnnotationBeanPostProcessor {
  private final ObjectProvider<Replicas> replicas;

  Chores(ObjectProvider<Replicas> replicas) {
    this.replicas = replicas;
  }

  @Override
  protected Runnable createRunnable(Object target, Method method, @Nullable String qualifier) {
    Runnable chore = super.createRunnable(target, method, qualifier);
    if (!method.isAnnotationPresent(ByOneReplica.class)) {
      return chore;
    }
    String name = method.getDeclaringClass().getSimpleName() + "." + method.getName();
    return () -> {
      if (replicas.getObject().isMine(name)) {
        chore.run();
      }
    };
  }
}
