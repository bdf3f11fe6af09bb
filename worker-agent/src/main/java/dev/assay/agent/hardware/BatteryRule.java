package dev.assay.agent.hardware;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * When a machine on battery works. Two thresholds, so that a battery at the one does not switch the
 * worker on and off: below {@code stopBelow} it pauses, from {@code resumeAt} on, or when plugged
 * in, it works again.
 *
 * @param stopBelow percent, 0 (never pause) to 101 (never work on battery)
 * @param resumeAt percent, not below {@code stopBelow}
 */
public record BatteryRule(int stopBelow, int resumeAt) {
  public static final BatteryRule NEVER_ON_BATTERY = new BatteryRule(101, 101);
  public static final BatteryRule ALWAYS = new BatteryRule(0, 0);

  private static final Pattern RANGE = Pattern.compile("([0-9]{1,3})-([0-9]{1,3})");

  /**
   * @throws IllegalArgumentException if the thresholds are out of order or out of range
   */
  public BatteryRule {
    if (stopBelow < 0 || resumeAt > 101 || stopBelow > resumeAt) {
      throw new IllegalArgumentException(
          "A battery's thresholds are percent, the lower one first, such as 40-60.");
    }
  }

  /**
   * @param text {@code never}, {@code always}, or two percentages such as {@code 40-60}
   */
  public static BatteryRule parse(String text) {
    Matcher range = RANGE.matcher(text);
    if (range.matches()) {
      return new BatteryRule(Integer.parseInt(range.group(1)), Integer.parseInt(range.group(2)));
    }
    return switch (text) {
      case "never" -> NEVER_ON_BATTERY;
      case "always" -> ALWAYS;
      default ->
          throw new IllegalArgumentException(
              "A battery rule is 'never', 'always' or two percentages such as 40-60.");
    };
  }

  /**
   * Why to pause, in words; nothing to work.
   *
   * @param isPaused whether this rule pauses already
   */
  public Optional<String> objection(Power power, boolean isPaused) {
    if (power.isOnMains() || stopBelow == 0) {
      return Optional.empty();
    }
    if (stopBelow > 100) {
      return Optional.of("The machine runs on its battery; it works when it is plugged in.");
    }
    int percent = power.batteryPercent().orElse(0);
    if (percent < (isPaused ? resumeAt : stopBelow)) {
      return Optional.of(
          "The battery is at %d %%; the worker pauses below %d %% and goes on from %d %%, or when"
                  .formatted(percent, stopBelow, resumeAt)
              + " plugged in.");
    }
    return Optional.empty();
  }

  @Override
  public String toString() {
    return stopBelow > 100 ? "never" : stopBelow == 0 ? "always" : stopBelow + "-" + resumeAt;
  }
}
