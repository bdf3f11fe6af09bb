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

  /**
   * @param isUsual at a start, and no reason for an alarm
   */
  private record Reason(String words, boolean isUsual) {}

  private final Map<String, Reason> reasons = new ConcurrentHashMap<>();

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
    var found = new Reason(reason, false);
    if (!found.equals(reasons.put(part, found))) {
      LOG.atError().addKeyValue("part", part).log("Nothing new is sent: {}", reason);
    }
  }

  /** As {@link #halt}, for what is usual, such as a start: no alarm. */
  public void hold(String part, String reason) {
    var found = new Reason(reason, true);
    if (!found.equals(reasons.put(part, found))) {
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
    Map<String, String> words = new TreeMap<>();
    reasons.forEach((part, reason) -> words.put(part, reason.words()));
    return words;
  }

  @Override
  public Health health() {
    Health.Builder health =
        reasons.isEmpty()
            ? Health.up()
            : reasons.values().stream().allMatch(Reason::isUsual)
                ? Health.unknown()
                : Health.down();
    return health.withDetails(reasons()).build();
  }
}
