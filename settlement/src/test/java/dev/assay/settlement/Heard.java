package dev.assay.settlement;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import tools.jackson.databind.json.JsonMapper;

/** What the market hears on a topic, from its beginning. */
public final class Heard<E> implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final KafkaConsumer<String, byte[]> consumer;
  private final Class<E> type;
  private final JsonMapper json;
  private final List<E> events = new ArrayList<>();

  public Heard(List<String> brokers, String topic, Class<E> type, JsonMapper json) {
    this.consumer =
        new KafkaConsumer<>(
            Map.of(
                "bootstrap.servers",
                String.join(",", brokers),
                "group.id",
                "test-" + UUID.randomUUID(),
                "auto.offset.reset",
                "earliest",
                "metadata.max.age.ms",
                "500"),
            new StringDeserializer(),
            new ByteArrayDeserializer());
    consumer.subscribe(List.of(topic));
    this.type = type;
    this.json = json;
  }

  /**
   * The first that is so, as soon as it is heard.
   *
   * @param meanwhile done again and again while it is not, such as mining a block
   */
  public E first(Predicate<E> wanted, Runnable meanwhile) {
    List<E> found = new ArrayList<>();
    until(
        () -> {
          events.stream().filter(wanted).findFirst().ifPresent(found::add);
          return !found.isEmpty();
        },
        meanwhile);
    return found.getFirst();
  }

  public void until(BooleanSupplier enough, Runnable meanwhile) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!enough.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("Not heard within %s; heard were %s".formatted(PATIENCE, events));
      }
      meanwhile.run();
      consumer
          .poll(Duration.ofMillis(100))
          .forEach(message -> events.add(json.readValue(message.value(), type)));
    }
  }

  /** Hears all that was said before now. */
  public void catchUp() {
    until(() -> !consumer.assignment().isEmpty(), () -> {});
    consumer
        .endOffsets(consumer.assignment())
        .forEach((place, end) -> until(() -> consumer.position(place) >= end, () -> {}));
  }

  public List<E> all() {
    return List.copyOf(events);
  }

  @Override
  public void close() {
    consumer.close();
  }
}
