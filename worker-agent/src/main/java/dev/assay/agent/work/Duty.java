package dev.assay.agent.work;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Whether the worker takes work, and if not, by whose wish: its owner's, its market's. */
final class Duty {
  private final PauseRules rules;
  private final Log log;
  private List<String> pauseReasons = List.of();
  private @Nullable String drainBecause;
  private boolean isLeaving;

  Duty(PauseRules rules, Log log) {
    this.rules = rules;
    this.log = log;
  }

  /**
   * Looks what the owner wishes now.
   *
   * @param held leases in hand
   */
  void look(int held) {
    if (rules.isDraining() && drainBecause == null) {
      drainBecause = "It was drained by its owner.";
      log.info("Draining: no more leases; %d jobs finish.".formatted(held));
    }
    List<String> reasons = rules.objections();
    if (!reasons.equals(pauseReasons)) {
      log.info(reasons.isEmpty() ? "Goes on working." : "Pauses: " + String.join(" ", reasons));
      pauseReasons = reasons;
    }
  }

  /** No more leases until it stops. */
  void drain(String because) {
    if (drainBecause == null) {
      drainBecause = because;
      log.info(because);
    }
  }

  /** It was told to stop. */
  void leave() {
    isLeaving = true;
  }

  boolean isLeaving() {
    return isLeaving;
  }

  boolean takesWork() {
    return pauseReasons.isEmpty() && drainBecause == null && !isLeaving;
  }

  /** Null unless it drains. */
  @Nullable String drainBecause() {
    return drainBecause;
  }

  /** As sentences; none if it does not pause. */
  List<String> pauseReasons() {
    return pauseReasons;
  }
}
