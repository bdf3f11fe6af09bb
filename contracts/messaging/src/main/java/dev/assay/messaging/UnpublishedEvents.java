package dev.assay.messaging;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.aop.interceptor.AsyncUncaughtExceptionHandler;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.annotation.AsyncConfigurer;

/** Publishing is the only thing done asynchronously here; a failure heals by being tried again. */
@Configuration(proxyBeanMethods = false)
class UnpublishedEvents implements AsyncConfigurer {
  private static final Logger LOG = LoggerFactory.getLogger(UnpublishedEvents.class);

  @Override
  public AsyncUncaughtExceptionHandler getAsyncUncaughtExceptionHandler() {
    return (failure, _, _) ->
        LOG.atWarn()
            .addKeyValue("cause", String.valueOf(failure.getCause()))
            .log("{}", failure.getMessage());
  }
}
