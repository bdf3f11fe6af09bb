package dev.assay.protocol.replay;

import java.util.Arrays;

/** Numbers in row-major order. Nobody writes into one that has been made. */
sealed interface Tensor {
  int[] shape();

  /** The same numbers, in another shape of the same size. */
  Tensor as(int... shape);

  /**
   * @param from for each number of the result, where it stands in this one
   */
  Tensor pick(int[] shape, int[] from);

  default int rank() {
    return shape().length;
  }

  default int size() {
    return size(shape());
  }

  static int size(int[] shape) {
    int size = 1;
    for (int length : shape) {
      if (length < 0) {
        throw new IllegalArgumentException("A tensor has a negative length.");
      }
      size = Math.multiplyExact(size, length);
    }
    return size;
  }

  private static void check(int[] shape, int numbers) {
    if (size(shape) != numbers) {
      throw new IllegalArgumentException(
          "%d numbers have not the shape %s.".formatted(numbers, Arrays.toString(shape)));
    }
  }

  @SuppressWarnings("ArrayRecordComponent") // inside this package, and never written to
  record Floats(int[] shape, float[] numbers) implements Tensor {
    public Floats {
      check(shape, numbers.length);
    }

    @Override
    public Floats as(int... other) {
      return new Floats(other, numbers);
    }

    @Override
    public Floats pick(int[] other, int[] from) {
      float[] picked = new float[from.length];
      for (int i = 0; i < from.length; i++) {
        picked[i] = numbers[from[i]];
      }
      return new Floats(other, picked);
    }
  }

  @SuppressWarnings("ArrayRecordComponent") // inside this package, and never written to
  record Longs(int[] shape, long[] numbers) implements Tensor {
    public Longs {
      check(shape, numbers.length);
    }

    @Override
    public Longs as(int... other) {
      return new Longs(other, numbers);
    }

    @Override
    public Longs pick(int[] other, int[] from) {
      long[] picked = new long[from.length];
      for (int i = 0; i < from.length; i++) {
        picked[i] = numbers[from[i]];
      }
      return new Longs(other, picked);
    }

    /** As indices or lengths. */
    int[] ints() {
      return Arrays.stream(numbers).mapToInt(Math::toIntExact).toArray();
    }
  }
}
