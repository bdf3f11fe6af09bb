package dev.assay.marketplace.matching;

import dev.assay.marketplace.job.Job;
import java.time.Duration;
import java.time.Instant;

/**
 * What a job asks of any worker, as numbers that a whole branch of workers can be compared with. It
 * lets through whom {@link EligibilityPolicy} may still refuse, and refuses nobody whom it would
 * let through.
 *
 * @param maxPrice in millionths of an atomic unit, as units times prices for a million are; a
 *     little more than the job's, because it is no whole number
 * @param minStake in atomic units, without a sign
 * @param nanosLeft until the deadline
 * @param regions one bit for each that will do, shared by some; all for anywhere
 */
record JobLimits(
    double maxPrice,
    long inputUnits,
    long outputUnits,
    long minStake,
    long nanosLeft,
    long regions) {
  private static final double MILLIONTHS = 1e6;

  /** Far more than doubles lose in a few products and a sum. */
  private static final double ROUNDING = 1 + 1e-9;

  static JobLimits of(Job job, Instant now) {
    long regions = 0;
    for (String region : job.wishes().regions()) {
      regions |= regionBit(region);
    }
    return new JobLimits(
        job.maxPrice().toBigInteger().doubleValue() * MILLIONTHS * ROUNDING,
        job.inputUnits(),
        job.outputUnits(),
        job.wishes().minStake().bits(),
        nanos(Duration.between(now, job.deadline())),
        regions == 0 ? -1 : regions);
  }

  static long regionBit(String region) {
    return 1L << (region.hashCode() * 0x9e3779b9 >>> 26);
  }

  /** A deadline is at most days away, but the clock of a test may be anywhere. */
  private static long nanos(Duration duration) {
    return duration.compareTo(Duration.ofDays(10_000)) > 0 ? Long.MAX_VALUE : duration.toNanos();
  }

  /**
   * @param inputPrice the lowest for a million units
   * @param outputPrice the lowest for a million units
   * @param stake the largest
   * @param paceNanos the shortest
   * @param regionBits those there are
   */
  boolean canBeMet(long inputPrice, long outputPrice, long stake, long paceNanos, long regionBits) {
    return (regions & regionBits) != 0
        && Long.compareUnsigned(stake, minStake) >= 0
        && paceNanos < nanosLeft
        && (double) inputPrice * inputUnits + (double) outputPrice * outputUnits <= maxPrice;
  }
}
