package dev.assay.messaging;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.kafka.KafkaException;
import org.springframework.kafka.core.KafkaTemplate;
import org.springframework.kafka.listener.CommonErrorHandler;
import org.springframework.kafka.listener.DeadLetterPublishingRecoverer;
import org.springframework.kafka.listener.DefaultErrorHandler;
import org.springframework.util.backoff.BackOff;
import org.springframework.util.backoff.ExponentialBackOff;
import tools.jackson.core.JacksonException;

/**
 * What becomes of a record whose effect fails. While something that it needs is away it waits, for
 * as long as it takes; a record that cannot be read goes to the dead-letter topic byte for byte at
 * once; one that fails for another cause goes there after some tries. None is skipped in silence,
 * and {@link ReplayDeadLetters} brings them back.
 */
@Configuration(proxyBeanMethods = false)
class Delivery {
  private static final Logger LOG = LoggerFactory.getLogger(Delivery.class);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

  /** A record that waits is told of when it begins to, and then about every five minutes. */
  private static final int TOLD_EVERY = 60;

  @Bean
  CommonErrorHandler errorHandler(
      KafkaTemplate<String, byte[]> kafka,
      EventTraffic traffic,
      MessagingSettings settings,
      MeterRegistry meters) {
    // From nought, so that the first one is seen as a rise.
    Map<String, Counter> dead =
        traffic.read().stream()
            .collect(
                Collectors.toMap(
                    topic -> topic,
                    topic ->
                        Counter.builder(traffic.meters() + ".dead.letters")
                            .description(
                                "Records that went to a dead-letter topic; tries to put one there")
                            .tag("topic", topic)
                            .register(meters)));
    var deadLetters =
        new DeadLetterPublishingRecoverer(
            kafka,
            (message, e) -> {
              told(LOG.atError(), message)
                  .setCause(e)
                  .log(
                      "A record cannot be processed; it lies in the dead-letter topic. Mend the"
                          + " cause and replay it (docs/operations/dead-letters.md).");
              Objects.requireNonNull(dead.get(message.topic())).increment();
              return new TopicPartition(message.topic() + EventTraffic.DEAD, 0);
            });
    deadLetters.setFailIfSendResultIsError(true);
    var handler = new DefaultErrorHandler(deadLetters, backOff(settings.tries()));
    handler.addNotRetryableExceptions(JacksonException.class, EventMacs.Forged.class);
    traffic.failures().refused().forEach(handler::addNotRetryableExceptions);
    // What was read beside it stays here. To go back to it would be to ask the broker again, who
    // answers only when it has waited in vain for newer records: half a second for each failure.
    handler.setSeekAfterError(false);
    handler.setBackOffFunction((_, e) -> pauses(e, traffic, settings));
    handler.setRetryListeners((message, e, attempt) -> {
      if (attempt % TOLD_EVERY == 1 && traffic.isSomethingAway(e)) {
        told(LOG.atWarn(), message)
            .addKeyValue("attempt", attempt)
            .addKeyValue("cause", String.valueOf(NestedExceptionUtils.getRootCause(e)))
            .log("A record cannot be processed now; it is tried again");
      }
    });
    handler.setLogLevel(KafkaException.Level.DEBUG); // it is told above
    return handler;
  }

  /** None of its own for most failures, which are those that {@code settings.tries()} is for. */
  private static @Nullable BackOff pauses(
      Exception failure, EventTraffic traffic, MessagingSettings settings) {
    if (traffic.isSomethingAway(failure)) {
      return backOff(Integer.MAX_VALUE);
    }
    return traffic.isEarly(failure) ? backOff(settings.earlyTries()) : null;
  }

  private static LoggingEventBuilder told(LoggingEventBuilder log, ConsumerRecord<?, ?> message) {
    return log.addKeyValue("topic", message.topic())
        .addKeyValue("partition", message.partition())
        .addKeyValue("offset", message.offset());
  }

  private static BackOff backOff(int tries) {
    var backOff = new ExponentialBackOff(Duration.ofMillis(200).toMillis(), 2.0);
    backOff.setMaxInterval(LONGEST_PAUSE.toMillis());
    backOff.setMaxAttempts(tries);
    return backOff;
  }
}
