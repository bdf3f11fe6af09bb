package dev.assay.marketplace.openai;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.assay.marketplace.job.Tier;
import java.util.Arrays;
import java.util.Locale;

/** OpenAI's names for how soon an answer is wanted. */
enum ServiceTier {
  /** As {@code default}. */
  AUTO(Tier.STANDARD),
  /** The tier {@code standard}. */
  DEFAULT(Tier.STANDARD),
  /** As {@code default}: no throughput is sold ahead here. */
  SCALE(Tier.STANDARD),
  /** The tier {@code batch}: after all others, and within ten minutes. */
  FLEX(Tier.BATCH),
  /** The tier {@code realtime}: before all others, and within thirty seconds. */
  PRIORITY(Tier.REALTIME);

  private final Tier tier;

  ServiceTier(Tier tier) {
    this.tier = tier;
  }

  Tier tier() {
    return tier;
  }

  @JsonCreator
  static ServiceTier parse(String label) {
    return Arrays.stream(values())
        .filter(tier -> tier.label().equals(label))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "service_tier is 'auto', 'default', 'scale', 'flex' or 'priority'."));
  }

  @JsonValue
  String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
