package dev.assay.settlement.platform;

import static java.util.stream.Collectors.toSet;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Map;
import java.util.Set;
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
 * Warnings and notes stand here too, for people, and stop nothing.
 */
@Component
public class Halts implements HealthIndicator {
  private static final Logger LOG = LoggerFactory.getLogger(Halts.class);

  private enum Weight {
    /** For people to know. */
    NOTE,
    WARNING,
    /** Stops what is new, at a start, and is no reason for an alarm. */
    USUAL,
    ALARM
  }

  private record Reason(String words, Weight weight) {}

  private final Map<String, Reason> reasons = new ConcurrentHashMap<>();

  private final Map<String, Gauge> figures = new ConcurrentHashMap<>();
  private final MeterRegistry meters;

  Halts(MeterRegistry meters) {
    this.meters = meters;
  }

  /**
   * @param part that found it, such as {@code reconciliation}
   * @param reason what differs and what to do, for people
   */
  public void halt(String part, String reason) {
    if (isNews(part, new Reason(reason, Weight.ALARM))) {
      LOG.atError().addKeyValue("part", part).log("Nothing new is sent: {}", reason);
    }
  }

  /** As {@link #halt}, for what is usual, such as a start: no alarm. */
  public void hold(String part, String reason) {
    if (isNews(part, new Reason(reason, Weight.USUAL))) {
      LOG.atInfo().addKeyValue("part", part).log("Nothing new is sent yet: {}", reason);
    }
  }

  /** Needs a person as {@link #halt} does, and stops nothing. */
  public void warn(String part, String reason) {
    if (isNews(part, new Reason(reason, Weight.WARNING))) {
      LOG.atError().addKeyValue("part", part).log("Something is to be mended: {}", reason);
    }
  }

  /** What a person has wanted so: no alarm, and it stops nothing here. */
  public void note(String part, String reason) {
    if (isNews(part, new Reason(reason, Weight.NOTE))) {
      LOG.atWarn().addKeyValue("part", part).log("To be known: {}", reason);
    }
  }

  private boolean isNews(String part, Reason reason) {
    figures.computeIfAbsent(
        part,
        name ->
            Gauge.builder("settlement.halts", this, halts -> halts.isToAlarm(name) ? 1 : 0)
                .description("Whether this part has a reason to send nothing new, or a warning")
                .tag("part", name)
                .register(meters));
    return !reason.equals(reasons.put(part, reason));
  }

  private boolean isToAlarm(String part) {
    Reason reason = reasons.get(part);
    return reason != null && reason.weight() != Weight.NOTE;
  }

  public void release(String part) {
    if (reasons.remove(part) != null) {
      LOG.atInfo().addKeyValue("part", part).log("No longer a reason to send nothing");
    }
  }

  public boolean isClear() {
    return reasons.values().stream()
        .allMatch(reason -> reason.weight().compareTo(Weight.WARNING) <= 0);
  }

  /** By part. */
  public Map<String, String> reasons() {
    Map<String, String> words = new TreeMap<>();
    reasons.forEach((part, reason) -> words.put(part, reason.words()));
    return words;
  }

  @Override
  public Health health() {
    Set<Weight> weights = reasons.values().stream().map(Reason::weight).collect(toSet());
    Health.Builder health =
        weights.contains(Weight.ALARM) || weights.contains(Weight.WARNING)
            ? Health.down()
            : weights.contains(Weight.USUAL) ? Health.unknown() : Health.up();
    return health.withDetails(reasons()).build();
  }
}
