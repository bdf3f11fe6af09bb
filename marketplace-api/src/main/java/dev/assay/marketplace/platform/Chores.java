package dev.assay.marketplace.platform;

import java.lang.reflect.Method;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.annotation.ScheduledAnnotationBeanPostProcessor;
import org.springframework.util.StringValueResolver;

/** What is done by the clock; by one replica, where that is enough, and when it can find news. */
class Chores extends ScheduledAnnotationBeanPostProcessor {
  private final ObjectProvider<Replicas> replicas;
  private final List<WatchingChore> watching = new CopyOnWriteArrayList<>();
  private @Nullable StringValueResolver settings;

  Chores(ObjectProvider<Replicas> replicas) {
    this.replicas = replicas;
  }

  /** Those that are done {@link WhenChanged}. */
  List<WatchingChore> watching() {
    return watching;
  }

  @Override
  public void setEmbeddedValueResolver(StringValueResolver resolver) {
    super.setEmbeddedValueResolver(resolver);
    this.settings = resolver;
  }

  @Override
  protected void processScheduled(Scheduled scheduled, Method method, Object bean) {
    if (method.isAnnotationPresent(WhenChanged.class)) {
      watching.add(watching(scheduled, method, bean));
    } else {
      super.processScheduled(scheduled, method, bean);
    }
  }

  private WatchingChore watching(Scheduled scheduled, Method method, Object bean) {
    boolean waitsAtFirst = !scheduled.initialDelayString().isEmpty();
    return new WatchingChore(
        super.createRunnable(bean, method, scheduled.scheduler()),
        bean instanceof ByClock byClock ? byClock : new ByClock() {},
        () -> isMine(method),
        period(scheduled),
        waitsAtFirst,
        System::nanoTime);
  }

  private Duration period(Scheduled scheduled) {
    String text = scheduled.fixedDelayString();
    if (text.isEmpty()) {
      return Duration.of(scheduled.fixedDelay(), scheduled.timeUnit().toChronoUnit());
    }
    String value = Objects.requireNonNull(settings).resolveStringValue(text);
    return DurationStyle.detectAndParse(Objects.requireNonNull(value));
  }

  @Override
  protected Runnable createRunnable(Object target, Method method, @Nullable String qualifier) {
    Runnable chore = super.createRunnable(target, method, qualifier);
    if (!method.isAnnotationPresent(ByOneReplica.class)) {
      return chore;
    }
    return () -> {
      if (isMine(method)) {
        chore.run();
      }
    };
  }

  private boolean isMine(Method method) {
    return !method.isAnnotationPresent(ByOneReplica.class)
        || replicas
            .getObject()
            .isMine(method.getDeclaringClass().getSimpleName() + "." + method.getName());
  }
}
