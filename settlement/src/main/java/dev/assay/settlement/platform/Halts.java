package dev.assay.settlement.platform;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.stereotype.Component;

/**
 * Why nothing new is sent at present. While one reason stands no money moves; what was sent before
 * is still followed. Each reason belongs to the part that found it, and that part takes it back.
 */
@Component
public class Halts implements HealthIndicator {
  private static final Logger LOG = LoggerFactory.getLogger(Halts.class);

  private final Map<String, String> reasons = new ConcurrentHashMap<>();

  Halts(MeterRegistry meters) {
    Gauge.builder("settlement.halts", reasons, Map::size)
        .description("Reasons for which nothing new is sent")
        .register(meters);
  }

  /**
   * @param part that found it, such as {@code reconciliation}
   * @param reason what differs and what to do, for people
   */
  public void halt(String part, String reason) {
    if (!reason.equals(reasons.put(part, reason))) {
      LOG.atError().addKeyValue("part", part).log("Nothing new is sent: {}", reason);
    }
  }

  /** As {@link #halt}, for what is usual, such as a start: no alarm. */
  public void hold(String part, String reason) {
    if (!reason.equals(reasons.put(part, reason))) {
      LOG.atInfo().addKeyValue("part", part).log("Nothing new is sent yet: {}", reason);
    }
  }

  public void release(String part) {
    if (reasons.remove(part) != null) {
      LOG.atInfo().addKeyValue("part", part).log("No longer a reason to send nothing");
    }
  }

  public boolean isClear() {
    return reasons.isEmpty();
  }

  /** By part. */
  public Map<String, String> reasons() {
    return new TreeMap<>(reasons);
  }

  @Override
  public Health health() {
    var found = reasons();
    return (found.isEmpty() ? Health.up() : Health.down()).withDetails(Map.copyOf(found)).build();
  }
}
