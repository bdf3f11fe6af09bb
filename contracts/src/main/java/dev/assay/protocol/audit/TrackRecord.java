package dev.assay.protocol.audit;

import dev.assay.protocol.BasisPoints;
import dev.assay.protocol.Outcome;

/**
 * What audits have said about one worker with one model and profile. Unaudited work says nothing,
 * and neither does an inconclusive audit.
 *
 * @param passes consecutive passed audits, since the last failure
 * @param audits all that were decided
 * @param failures how many of them were decided against the worker
 */
public record TrackRecord(int passes, long audits, long failures) {
  public static final TrackRecord NEW = new TrackRecord(0, 0, 0);

  /** So many passes are half of the way to the whole. */
  private static final int HALF_WAY = 20;

  /** Until then a worker may not have more unsettled jobs than it has passes, and one more. */
  private static final int GROWN = 20;

  /**
   * @throws IllegalArgumentException for counts that cannot be
   */
  public TrackRecord {
    if (passes < 0 || failures < 0 || audits < passes + failures) {
      throw new IllegalArgumentException(
          "%d passes and %d failures are not of %d audits.".formatted(passes, failures, audits));
    }
  }

  public TrackRecord after(Outcome audit) {
    return switch (audit) {
      case VALID -> new TrackRecord(passes + 1, audits + 1, failures);
      case INVALID -> new TrackRecord(0, audits + 1, failures + 1);
      case INCONCLUSIVE -> this;
    };
  }

  /** For matching and for people: k / (k + 20), so that it is nothing after a failure. */
  public BasisPoints reputation() {
    return new BasisPoints(
        (int) ((long) passes * BasisPoints.WHOLE.value() / ((long) passes + HALF_WAY)));
  }

  /**
   * How many jobs may be under way or unsettled at a time, beside the limit by stake. A newcomer
   * who cheats in all that is under way is found after one job, not after as many as its stake
   * carries.
   */
  public int mostUnsettled() {
    return passes < GROWN ? passes + 1 : Integer.MAX_VALUE;
  }
}
