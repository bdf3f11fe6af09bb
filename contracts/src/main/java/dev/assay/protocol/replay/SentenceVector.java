package dev.assay.protocol.replay;

import java.nio.FloatBuffer;

/**
 * What profile {@code f32-cpu} makes of a sentence's token vectors: their mean, brought to length
 * 1. Both are taken in 64-bit floats, in the order of tokens and of dimensions.
 */
public final class SentenceVector {
  /** Below that a vector has no direction. */
  private static final double SHORTEST = 1e-12;

  private SentenceVector() {}

  /**
   * @param states one vector after another; without padding every token counts
   * @param tokens how many
   */
  public static float[] of(FloatBuffer states, int tokens) {
    return unit(mean(states, tokens));
  }

  private static double[] mean(FloatBuffer states, int tokens) {
    double[] mean = new double[states.remaining() / tokens];
    for (int token = 0; token < tokens; token++) {
      for (int d = 0; d < mean.length; d++) {
        mean[d] += states.get();
      }
    }
    for (int d = 0; d < mean.length; d++) {
      mean[d] /= tokens;
    }
    return mean;
  }

  private static float[] unit(double[] vector) {
    double squares = 0;
    for (double number : vector) {
      squares += number * number;
    }
    double norm = Math.max(Math.sqrt(squares), SHORTEST);
    float[] unit = new float[vector.length];
    for (int d = 0; d < vector.length; d++) {
      unit[d] = (float) (vector[d] / norm);
    }
    return unit;
  }
}
