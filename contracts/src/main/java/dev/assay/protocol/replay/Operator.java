package dev.assay.protocol.replay;

import dev.assay.protocol.replay.OnnxFile.Node;
import dev.assay.protocol.replay.Tensor.Floats;
import dev.assay.protocol.replay.Tensor.Longs;
import java.util.Arrays;
import java.util.List;

/**
 * The operators of ONNX (opset 11) that sentence encoders of BERT's kind are made of.
 *
 * <p>Every result is the same to the last bit on each JVM from Java 17 (JEP 306) and each
 * processor. Additions, multiplications, divisions and square roots round as IEEE 754 says; there
 * is one order for every sum, from the first element to the last; nothing is contracted to a fused
 * multiply-add; exponentials are those of {@link StrictMath}. A compiler may compute several sums
 * side by side, but not one sum in another order.
 */
enum Operator {
  ADD {
    @Override
    Tensor run(Node node, List<Tensor> in) {
      return elementwise(in, (a, b) -> a + b);
    }
  },
  SUB {
    @Override
    Tensor run(Node node, List<Tensor> in) {
      return elementwise(in, (a, b) -> a - b);
    }
  },
  MUL {
    @Override
    Tensor run(Node node, List<Tensor> in) {
      return elementwise(in, (a, b) -> a * b);
    }
  },
  DIV {
    @Override
    Tensor run(Node node, List<Tensor> in) {
      return elementwise(in, (a, b) -> a / b);
    }
  },
  POW {
    @Override
    Tensor run(Node node, List<Tensor> in) {
      return elementwise(in, (a, b) -> b == 2 ? a * a : (float) StrictMath.pow(a, b));
    }
  },
  SQRT {
    @Override
    Tensor run(Node node, List<Tensor> in) {
      return each(in, a -> (float) StrictMath.sqrt(a));
    }
  },
  ERF {
    @Override
    Tensor run(Node node, List<Tensor> in) {
      return each(in, a -> (float) erf(a));
    }
  },
  CAST {
    @Override
    Tensor run(Node node, List<Tensor> in) {
      if (node.number("to", 0) != 1 || !(in.getFirst() instanceof Longs from)) {
        throw cannot(node, "another cast than of 64-bit integers to 32-bit floats");
      }
      float[] numbers = new float[from.size()];
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] = from.numbers()[i];
      }
      return new Floats(from.shape(), numbers);
    }
  },
  CONSTANT {
    @Override
    Tensor run(Node node, List<Tensor> in) {
      if (!(node.attributes().get("value") instanceof Tensor value)) {
        throw cannot(node, "a constant without a value");
      }
      return value;
    }
  },
  SHAPE {
    @Override
    Tensor run(Node node, List<Tensor> in) {
      int[] shape = in.getFirst().shape();
      return new Longs(new int[] {shape.length}, Arrays.stream(shape).asLongStream().toArray());
    }
  },
  RESHAPE {
    @Override
    Tensor run(Node node, List<Tensor> in) {
      int[] shape = longs(node, in.get(1)).ints();
      int known = 1;
      int open = -1;
      for (int i = 0; i < shape.length; i++) {
        if (shape[i] == 0) {
          shape[i] = in.getFirst().shape()[i];
        }
        if (shape[i] == -1) {
          open = i;
        } else {
          known = Math.multiplyExact(known, shape[i]);
        }
      }
      if (open >= 0) {
        shape[open] = in.getFirst().size() / known;
      }
      return in.getFirst().as(shape);
    }
  },
  UNSQUEEZE {
    @Override
    Tensor run(Node node, List<Tensor> in) {
      int[] axes = node.numbers("axes");
      int rank = in.getFirst().rank() + axes.length;
      int[] shape = new int[rank];
      for (int axis : axes) {
        shape[axis(axis, rank)] = 1;
      }
      int next = 0;
      for (int i = 0; i < rank; i++) {
        if (shape[i] == 0) {
          shape[i] = in.getFirst().shape()[next++];
        }
      }
      return in.getFirst().as(shape);
    }
  },
  TRANSPOSE {
    @Override
    Tensor run(Node node, List<Tensor> in) {
      int[] perm = node.numbers("perm");
      int[] old = in.getFirst().shape();
      int[] strides = strides(old);
      int[] shape = new int[perm.length];
      int[] steps = new int[perm.length];
      for (int i = 0; i < perm.length; i++) {
        shape[i] = old[perm[i]];
        steps[i] = strides[perm[i]];
      }
      return in.getFirst().pick(shape, places(shape, steps));
    }
  },
  GATHER {
    @Override
    Tensor run(Node node, List<Tensor> in) {
      Tensor from = in.getFirst();
      Longs indices = longs(node, in.get(1));
      int axis = axis(node.number("axis", 0), from.rank());
      int length = from.shape()[axis];
      int[] wanted = indices.ints();
      for (int i = 0; i < wanted.length; i++) {
        wanted[i] = wanted[i] < 0 ? wanted[i] + length : wanted[i];
        if (wanted[i] < 0 || wanted[i] >= length) {
          throw new IllegalArgumentException(
              "There is no row %d among %d.".formatted(indices.numbers()[i], length));
        }
      }
      int[] shape = new int[from.rank() - 1 + indices.rank()];
      System.arraycopy(from.shape(), 0, shape, 0, axis);
      System.arraycopy(indices.shape(), 0, shape, axis, indices.rank());
      System.arraycopy(
          from.shape(), axis + 1, shape, axis + indices.rank(), from.rank() - axis - 1);
      return along(from, axis, wanted, shape);
    }
  },
  SLICE {
    @Override
    Tensor run(Node node, List<Tensor> in) {
      Tensor from = in.getFirst();
      int[] starts = longs(node, in.get(1)).ints();
      long[] ends = longs(node, in.get(2)).numbers();
      int[] axes = longs(node, in.get(3)).ints();
      if (starts.length != 1 || in.size() > 4 && longs(node, in.get(4)).numbers()[0] != 1) {
        throw cannot(node, "another slice than of one axis in steps of one");
      }
      int axis = axis(axes[0], from.rank());
      int length = from.shape()[axis];
      int start = Math.clamp(starts[0] < 0 ? starts[0] + length : starts[0], 0, length);
      int end = (int) Math.clamp(ends[0] < 0 ? ends[0] + length : ends[0], start, length);
      int[] wanted = new int[end - start];
      Arrays.setAll(wanted, i -> start + i);
      int[] shape = from.shape().clone();
      shape[axis] = wanted.length;
      return along(from, axis, wanted, shape);
    }
  },
  CONCAT {
    @Override
    Tensor run(Node node, List<Tensor> in) {
      long[] numbers =
          in.stream()
              .map(part -> longs(node, part))
              .flatMapToLong(part -> Arrays.stream(part.numbers()))
              .toArray();
      if (in.stream().anyMatch(part -> part.rank() != 1)) {
        throw cannot(node, "a concatenation of more than one dimension");
      }
      return new Longs(new int[] {numbers.length}, numbers);
    }
  },
  REDUCEMEAN {
    @Override
    Tensor run(Node node, List<Tensor> in) {
      Floats from = floats(node, in.getFirst());
      int last = from.rank() - 1;
      int[] axes = node.numbers("axes");
      if (axes.length != 1
          || axis(axes[0], from.rank()) != last
          || node.number("keepdims", 1) != 1) {
        throw cannot(node, "another mean than over the last axis, which stays");
      }
      int length = from.shape()[last];
      int[] shape = from.shape().clone();
      shape[last] = 1;
      float[] means = new float[Tensor.size(shape)];
      for (int row = 0; row < means.length; row++) {
        double sum = 0;
        for (int i = 0; i < length; i++) {
          sum += from.numbers()[row * length + i];
        }
        means[row] = (float) (sum / length);
      }
      return new Floats(shape, means);
    }
  },
  SOFTMAX {
    @Override
    Tensor run(Node node, List<Tensor> in) {
      Floats from = floats(node, in.getFirst());
      int last = from.rank() - 1;
      if (axis(node.number("axis", 1), from.rank()) != last) {
        throw cannot(node, "another softmax than over the last axis");
      }
      int length = from.shape()[last];
      float[] parts = new float[from.size()];
      double[] weights = new double[length];
      for (int row = 0; row < parts.length; row += length) {
        float most = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < length; i++) {
          most = Math.max(most, from.numbers()[row + i]);
        }
        double sum = 0;
        for (int i = 0; i < length; i++) {
          weights[i] = StrictMath.exp((double) from.numbers()[row + i] - most);
          sum += weights[i];
        }
        for (int i = 0; i < length; i++) {
          parts[row + i] = (float) (weights[i] / sum);
        }
      }
      return new Floats(from.shape(), parts);
    }
  },
  MATMUL {
    @Override
    Tensor run(Node node, List<Tensor> in) {
      Floats a = floats(node, in.get(0));
      Floats b = floats(node, in.get(1));
      int rows = a.shape()[a.rank() - 2];
      int inner = a.shape()[a.rank() - 1];
      int columns = b.shape()[b.rank() - 1];
      int batches = a.size() / Math.max(1, rows * inner);
      boolean isShared = b.rank() == 2;
      boolean fits =
          b.shape()[b.rank() - 2] == inner
              && (isShared
                  || Arrays.equals(a.shape(), 0, a.rank() - 2, b.shape(), 0, b.rank() - 2));
      if (!fits) {
        throw cannot(node, "factors whose shapes do not fit");
      }
      int[] shape = a.shape().clone();
      shape[a.rank() - 1] = columns;
      float[] product = new float[Tensor.size(shape)];
      for (int batch = 0; batch < batches; batch++) {
        int factor = isShared ? 0 : batch * inner * columns;
        for (int row = 0; row < rows; row++) {
          int to = (batch * rows + row) * columns;
          for (int k = 0; k < inner; k++) {
            addScaled(
                product,
                to,
                b.numbers(),
                factor + k * columns,
                a.numbers()[(batch * rows + row) * inner + k],
                columns);
          }
        }
      }
      return new Floats(shape, product);
    }
  };

  abstract Tensor run(Node node, List<Tensor> in);

  /**
   * @throws IllegalArgumentException for one that is not here
   */
  static Operator of(Node node) {
    return Arrays.stream(values())
        .filter(operator -> operator.name().equalsIgnoreCase(node.operator()))
        .findFirst()
        .orElseThrow(() -> cannot(node, "this operator"));
  }

  /**
   * Many sums side by side, each of them growing by one term: the compiler may use vectors here.
   */
  private static void addScaled(
      float[] sums, int to, float[] terms, int from, float factor, int count) {
    for (int j = 0; j < count; j++) {
      sums[to + j] += factor * terms[from + j];
    }
  }

  private interface Unary {
    float of(float a);
  }

  private interface Binary {
    float of(float a, float b);
  }

  private static Floats each(List<Tensor> in, Unary operation) {
    Floats from = (Floats) in.getFirst();
    float[] results = new float[from.size()];
    for (int i = 0; i < results.length; i++) {
      results[i] = operation.of(from.numbers()[i]);
    }
    return new Floats(from.shape(), results);
  }

  /** With the broadcasting of ONNX: lengths of one are repeated. */
  private static Floats elementwise(List<Tensor> in, Binary operation) {
    if (!(in.get(0) instanceof Floats a) || !(in.get(1) instanceof Floats b)) {
      throw new IllegalArgumentException("Arithmetic is done on 32-bit floats only.");
    }
    int rank = Math.max(a.rank(), b.rank());
    int[] shape = new int[rank];
    int[] stepsOfA = new int[rank];
    int[] stepsOfB = new int[rank];
    for (int i = 0; i < rank; i++) {
      int lengthOfA = length(a, i - rank + a.rank());
      int lengthOfB = length(b, i - rank + b.rank());
      if (lengthOfA != lengthOfB && lengthOfA != 1 && lengthOfB != 1) {
        throw new IllegalArgumentException("Two shapes cannot be brought together.");
      }
      shape[i] = lengthOfA == 1 ? lengthOfB : lengthOfA;
      stepsOfA[i] = lengthOfA == 1 ? 0 : strides(a.shape())[i - rank + a.rank()];
      stepsOfB[i] = lengthOfB == 1 ? 0 : strides(b.shape())[i - rank + b.rank()];
    }
    float[] results = new float[Tensor.size(shape)];
    int[] placesOfA = places(shape, stepsOfA);
    int[] placesOfB = places(shape, stepsOfB);
    for (int i = 0; i < results.length; i++) {
      results[i] = operation.of(a.numbers()[placesOfA[i]], b.numbers()[placesOfB[i]]);
    }
    return new Floats(shape, results);
  }

  private static int length(Tensor tensor, int axis) {
    return axis < 0 ? 1 : tensor.shape()[axis];
  }

  /** For each number of a tensor of this shape, the sum of its indices times their steps. */
  private static int[] places(int[] shape, int[] steps) {
    int[] places = new int[Tensor.size(shape)];
    int[] index = new int[shape.length];
    int place = 0;
    for (int i = 0; i < places.length; i++) {
      places[i] = place;
      for (int axis = shape.length - 1; axis >= 0; axis--) {
        place += steps[axis];
        if (++index[axis] < shape[axis]) {
          break;
        }
        place -= steps[axis] * shape[axis];
        index[axis] = 0;
      }
    }
    return places;
  }

  private static int[] strides(int[] shape) {
    int[] strides = new int[shape.length];
    int stride = 1;
    for (int i = shape.length - 1; i >= 0; i--) {
      strides[i] = stride;
      stride *= shape[i];
    }
    return strides;
  }

  /** Takes the wanted rows of one axis. */
  private static Tensor along(Tensor from, int axis, int[] wanted, int[] shape) {
    int inner = strides(from.shape())[axis];
    int length = from.shape()[axis];
    int outer = from.size() / Math.max(1, inner * length);
    int[] places = new int[outer * wanted.length * inner];
    int next = 0;
    for (int block = 0; block < outer; block++) {
      for (int row : wanted) {
        for (int i = 0; i < inner; i++) {
          places[next++] = (block * length + row) * inner + i;
        }
      }
    }
    return from.pick(shape, places);
  }

  private static int axis(int axis, int rank) {
    int positive = axis < 0 ? axis + rank : axis;
    if (positive < 0 || positive >= rank) {
      throw new IllegalArgumentException(
          "There is no axis %d in a tensor of rank %d.".formatted(axis, rank));
    }
    return positive;
  }

  private static Floats floats(Node node, Tensor tensor) {
    if (!(tensor instanceof Floats floats)) {
      throw cannot(node, "integers");
    }
    return floats;
  }

  private static Longs longs(Node node, Tensor tensor) {
    if (!(tensor instanceof Longs longs)) {
      throw cannot(node, "floats where integers are meant");
    }
    return longs;
  }

  private static IllegalArgumentException cannot(Node node, String what) {
    return new IllegalArgumentException(
        "%s cannot be run with %s.".formatted(node.operator(), what));
  }

  /**
   * The error function, by erf(x) = 2/√π · e^(−x²) · Σ 2ⁿ x^(2n+1) / (1·3·5···(2n+1)): all terms
   * have the same sign, so none cancels another. From 4 on it is 1 for a 32-bit float: 1 − erf(4)
   * is 1.5·10⁻⁸, less than half of the last place.
   */
  static double erf(double x) {
    double size = Math.abs(x);
    if (!(size < 4)) {
      return Double.isNaN(x) ? x : Math.signum(x);
    }
    double term = size;
    double sum = size;
    for (int odd = 3; term > sum * 1e-17; odd += 2) {
      term *= 2 * size * size / odd;
      sum += term;
    }
    return Math.copySign(2 / StrictMath.sqrt(Math.PI) * StrictMath.exp(-size * size) * sum, x);
  }
}
