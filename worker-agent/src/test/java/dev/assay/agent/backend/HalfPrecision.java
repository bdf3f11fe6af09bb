package dev.assay.agent.backend;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** What a cheat does who stores weights, or answers, in 16 bits. */
final class HalfPrecision {
  private static final int GRAPH = 7;
  private static final int INITIALIZER = 5;
  private static final int RAW = 9;

  private HalfPrecision() {}

  static float rounded(float number) {
    return Float.float16ToFloat(Float.floatToFloat16(number));
  }

  static float[] rounded(float[] vector) {
    float[] rounded = vector.clone();
    for (int d = 0; d < rounded.length; d++) {
      rounded[d] = rounded(rounded[d]);
    }
    return rounded;
  }

  /** An ONNX file with the same graph and every weight rounded. */
  static byte[] rounded(byte[] onnx) {
    byte[] rounded = onnx.clone();
    descend(ByteBuffer.wrap(rounded).order(ByteOrder.LITTLE_ENDIAN), GRAPH, INITIALIZER, RAW);
    return rounded;
  }

  /** Follows fields with a length, by their numbers, and rounds what is at the end. */
  private static void descend(ByteBuffer message, int... path) {
    if (path.length == 0) {
      // Integers among the weights are small: as bits of a float they round to zero, so they stay.
      for (int at = message.position(); at + 4 <= message.limit(); at += 4) {
        float number = message.getFloat(at);
        if (Math.abs(number) > 1e-30f && Float.isFinite(number)) {
          message.putFloat(at, rounded(number));
        }
      }
      return;
    }
    while (message.hasRemaining()) {
      long key = varint(message);
      switch ((int) key & 7) {
        case 0 -> varint(message);
        case 1 -> message.getLong();
        case 5 -> message.getInt();
        default -> {
          int length = (int) varint(message);
          int end = message.position() + length;
          if (key >>> 3 == path[0]) {
            ByteBuffer inner = message.duplicate().order(ByteOrder.LITTLE_ENDIAN).limit(end);
            descend(inner, Arrays.copyOfRange(path, 1, path.length));
          }
          message.position(end);
        }
      }
    }
  }

  private static long varint(ByteBuffer bytes) {
    long value = 0;
    int shift = 0;
    byte part;
    do {
      part = bytes.get();
      value |= (long) (part & 0x7F) << shift;
      shift += 7;
    } while (part < 0);
    return value;
  }
}
