package dev.assay.marketplace.admin;

import dev.assay.protocol.BasisPoints;

/**
 * How often audits have found a worker wrong, and between which bounds the true rate lies with 95 %
 * confidence (Wilson's score interval, which holds for few audits and for none that failed).
 *
 * @param audits that were decided
 * @param failures of them
 * @param atLeast no worse is excluded above this; of no audits 0
 * @param atMost of no audits 10000
 */
record FlagRate(long audits, long failures, BasisPoints atLeast, BasisPoints atMost) {
  /** Of the normal distribution, two-sided 95 %. */
  private static final double Z = 1.959964;

  static FlagRate of(long audits, long failures) {
    if (audits == 0) {
      return new FlagRate(0, 0, BasisPoints.ZERO, BasisPoints.WHOLE);
    }
    double rate = (double) failures / audits;
    double z2 = Z * Z / audits;
    double centre = (rate + z2 / 2) / (1 + z2);
    double half = Z / (1 + z2) * Math.sqrt(rate * (1 - rate) / audits + z2 / (4 * audits));
    return new FlagRate(
        audits,
        failures,
        new BasisPoints((int) Math.floor(Math.max(0, centre - half) * 10_000)),
        new BasisPoints((int) Math.ceil(Math.min(1, centre + half) * 10_000)));
  }
}
