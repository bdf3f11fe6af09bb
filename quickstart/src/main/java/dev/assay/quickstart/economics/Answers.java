package dev.assay.quickstart.economics;

import dev.assay.protocol.Digest;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.verification.Calibration;
import java.util.random.RandomGenerator;

/**
 * Answers of a model whose honest runs differ by as much, and whose cheats by as little, as was
 * measured on the real one.
 */
final class Answers {
  private static final int DIMENSIONS = 16;

  private final Calibration calibration;
  private final RandomGenerator chance;
  private final float[] fault;

  Answers(Calibration calibration, RandomGenerator chance) {
    this.calibration = calibration;
    this.chance = chance;
    this.fault = moved(new float[DIMENSIONS], 1e-2);
  }

  /** The right answer to some input. */
  float[] truth() {
    float[] truth = new float[DIMENSIONS];
    for (int d = 0; d < DIMENSIONS; d++) {
      truth[d] = (float) (chance.nextGaussian() / Math.sqrt(DIMENSIONS));
    }
    return truth;
  }

  float[] honest(float[] truth) {
    return moved(truth, calibration.honestMax() / 2 * chance.nextDouble());
  }

  /** Of a smaller or coarser model. */
  float[] substituted(float[] truth) {
    return moved(truth, calibration.cheatMin() * (1 + 10 * chance.nextDouble()));
  }

  float[] made() {
    return truth();
  }

  /** What a platform with a fault computes: honestly, and always the same. */
  float[] faulty(float[] truth) {
    float[] faulty = honest(truth);
    for (int d = 0; d < DIMENSIONS; d++) {
      faulty[d] += fault[d];
    }
    return faulty;
  }

  Digest digest() {
    byte[] bytes = new byte[Digest.SIZE];
    chance.nextBytes(bytes);
    return Digest.of(bytes);
  }

  static WalletAddress wallet(long number) {
    return new WalletAddress("0x%040x".formatted(number + 1));
  }

  private float[] moved(float[] from, double distance) {
    double[] way = chance.doubles(DIMENSIONS, -1, 1).toArray();
    double squares = 0;
    for (double part : way) {
      squares += part * part;
    }
    float[] moved = from.clone();
    for (int d = 0; d < DIMENSIONS; d++) {
      moved[d] += (float) (way[d] * distance / Math.sqrt(squares));
    }
    return moved;
  }
}
