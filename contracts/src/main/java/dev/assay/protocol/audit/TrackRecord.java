package dev.assay.protocol.audit;

import dev.assay.protocol.BasisPoints;
import dev.assay.protocol.Outcome;
import dev.assay.protocol.TokenAmount;

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

  /** With so many passes as much may be unsettled as the stake carries. */
  private static final int GROWN = 50;

  /** Of the free stake, whatever the record, may be under way or unsettled: a quarter. */
  public static final BasisPoints AT_RISK = new BasisPoints(2_500);

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

  /** The same, if soft evidence says that the passes were not earned: none of them counts. */
  public TrackRecord suspected() {
    return new TrackRecord(0, audits, failures);
  }

  /** For matching and for people: k / (k + 20), so that it is nothing after a failure. */
  public BasisPoints reputation() {
    return new BasisPoints(
        (int) ((long) passes * BasisPoints.WHOLE.value() / ((long) passes + HALF_WAY)));
  }

  /**
   * What may be under way or unsettled at a time: a quarter of the free stake, of which a newcomer
   * has a fiftieth, and one more for each pass. Who cheats in all that is under way gets away with
   * no more than that, and newcomers with little.
   */
  public TokenAmount mostUnsettled(TokenAmount freeStake) {
    long grown = Math.min(passes, GROWN - 1) + 1;
    long carried = freeStake.share(AT_RISK).toBigInteger().longValueExact(); // 2⁶² at most
    return TokenAmount.of(carried / GROWN * grown + carried % GROWN * grown / GROWN);
  }
}
