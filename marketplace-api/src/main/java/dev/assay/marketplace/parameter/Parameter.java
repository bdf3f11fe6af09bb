package dev.assay.marketplace.parameter;

import java.util.Locale;
import java.util.Optional;

/** What can be changed, and between which bounds. None of them decides who is paid or slashed. */
public enum Parameter {
  /** How many jobs without an end one requester may have. */
  OPEN_JOBS_PER_REQUESTER(1, 1_000_000),
  /** Of all leases, how many percent may be second ones for a straggler. */
  HEDGE_PERCENT(0, 50);

  private final int least;
  private final int most;

  Parameter(int least, int most) {
    this.least = least;
    this.most = most;
  }

  public int least() {
    return least;
  }

  public int most() {
    return most;
  }

  boolean takes(long value) {
    return least <= value && value <= most;
  }

  /** For example {@code hedge-percent}. */
  public String code() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  public static Optional<Parameter> of(String code) {
    for (Parameter parameter : values()) {
      if (parameter.code().equals(code)) {
        return Optional.of(parameter);
      }
    }
    return Optional.empty();
  }
}
