package dev.assay.settlement.messaging;

import dev.assay.settlement.batch.ClearJob;
import dev.assay.settlement.intake.NotYet;
import dev.assay.settlement.intake.Refused;
import dev.assay.settlement.watch.WatchWorker;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.dao.NonTransientDataAccessResourceException;
import org.springframework.dao.RecoverableDataAccessException;
import org.springframework.dao.TransientDataAccessException;
import org.springframework.jdbc.UncategorizedSQLException;
import org.springframework.kafka.core.KafkaTemplate;
import org.springframework.kafka.listener.CommonErrorHandler;
import org.springframework.kafka.listener.DeadLetterPublishingRecoverer;
import org.springframework.kafka.listener.DefaultErrorHandler;
import org.springframework.transaction.TransactionException;
import org.springframework.util.backoff.BackOff;
import org.springframework.util.backoff.ExponentialBackOff;
import tools.jackson.core.JacksonException;

/**
 * What becomes of a record whose effect fails. While something that it needs is away it waits, for
 * as long as it takes; a record that cannot be read goes to the dead-letter topic byte for byte at
 * once; one that fails for another cause goes there after some tries. None is skipped in silence.
 */
@Configuration(proxyBeanMethods = false)
class Delivery {
  private static final Logger LOG = LoggerFactory.getLogger(Delivery.class);

  /** About a minute apart, once the tries are five seconds apart. */
  private static final int TOLD_EVERY = 12;

  @Bean
  CommonErrorHandler errorHandler(
      KafkaTemplate<String, byte[]> kafka, DeliverySettings settings, MeterRegistry meters) {
    // From nought, so that the first one is seen as a rise.
    Map<String, Counter> dead =
        ConsumedEvents.TOPICS.stream()
            .collect(
                Collectors.toMap(
                    topic -> topic,
                    topic ->
                        Counter.builder("settlement.dead.letters")
                            .description(
                                "Records that went to a dead-letter topic; tries to put one there")
                            .tag("topic", topic)
                            .register(meters)));
    var deadLetters =
        new DeadLetterPublishingRecoverer(
            kafka,
            (message, e) -> {
              LOG.atError()
                  .addKeyValue("topic", message.topic())
                  .addKeyValue("partition", message.partition())
                  .addKeyValue("offset", message.offset())
                  .setCause(e)
                  .log(
                      "A record cannot be processed; it lies in the dead-letter topic. Mend the"
                          + " cause and replay it.");
              Objects.requireNonNull(dead.get(message.topic())).increment();
              return new TopicPartition(message.topic() + Topics.DEAD, 0);
            });
    deadLetters.setFailIfSendResultIsError(true);
    var handler = new DefaultErrorHandler(deadLetters, backOff(settings.tries()));
    handler.addNotRetryableExceptions(JacksonException.class, Refused.class);
    handler.setBackOffFunction((_, e) ->
        isSomethingAway(e)
            ? backOff(Integer.MAX_VALUE)
            : isEarly(e) ? backOff(settings.earlyTries()) : null);
    handler.setRetryListeners((message, e, attempt) -> {
      if (attempt % TOLD_EVERY == 1 && isSomethingAway(e)) {
        LOG.atWarn()
            .addKeyValue("topic", message.topic())
            .addKeyValue("partition", message.partition())
            .addKeyValue("offset", message.offset())
            .addKeyValue("attempt", attempt)
            .addKeyValue("cause", String.valueOf(NestedExceptionUtils.getRootCause(e)))
            .log("A record cannot be processed now; it is tried again");
      }
    });
    return handler;
  }

  /** What the database cannot explain is not the record's fault either. */
  static boolean isSomethingAway(@Nullable Throwable failure) {
    for (@Nullable Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof WatchWorker.ChainNotObserved
          || cause instanceof ClearJob.NotDrawn
          || cause instanceof TransactionException
          || cause instanceof TransientDataAccessException
          || cause instanceof RecoverableDataAccessException
          || cause instanceof NonTransientDataAccessResourceException
          || cause instanceof UncategorizedSQLException) {
        return true;
      }
    }
    return false;
  }

  private static boolean isEarly(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof NotYet) {
        return true;
      }
    }
    return false;
  }

  private static BackOff backOff(int tries) {
    var backOff = new ExponentialBackOff(Duration.ofMillis(200).toMillis(), 2.0);
    backOff.setMaxInterval(Duration.ofSeconds(5).toMillis());
    backOff.setMaxAttempts(tries);
    return backOff;
  }
}
