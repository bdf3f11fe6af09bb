package dev.assay.marketplace.job;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;

/** How soon an answer is wanted. Earlier tiers are matched first. */
public enum Tier {
  REALTIME(Duration.ofSeconds(30), Duration.ofSeconds(10)),
  STANDARD(Duration.ofMinutes(10), Duration.ofSeconds(60)),
  BATCH(Duration.ofHours(24), Duration.ofMinutes(10));

  private final Duration patience;
  private final Duration attempt;

  Tier(Duration patience, Duration attempt) {
    this.patience = patience;
    this.attempt = attempt;
  }

  /** From posting to the job's deadline, unless the requester says otherwise. */
  public Duration patience() {
    return patience;
  }

  /** How long one worker may take for one attempt. */
  public Duration attempt() {
    return attempt;
  }

  /**
   * @throws IllegalArgumentException for a tier that does not exist
   */
  @JsonCreator
  public static Tier parse(String label) {
    return Arrays.stream(values())
        .filter(tier -> tier.label().equals(label))
        .findFirst()
        .orElseThrow(
            () -> new IllegalArgumentException("tier is 'realtime', 'standard' or 'batch'."));
  }

  @JsonValue
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
