package dev.assay.protocol.content;

import dev.assay.protocol.Digest;
import dev.assay.protocol.MerkleTree;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Vectors, one for each text of an {@link EmbeddingsInput}, in its order.
 *
 * @param count of vectors, at least 1
 * @param dimensions of each, 1 to {@value #MAX_DIMENSIONS}
 * @param float32 {@code count · dimensions} IEEE 754 numbers of 4 bytes, little-endian, one vector
 *     after another; base64 in JSON. No NaN, no infinity, no negative zero: equal vectors are equal
 *     bytes
 */
@SuppressWarnings("ArrayRecordComponent") // copied on the way in and out, compared by content
public record EmbeddingsOutput(int count, int dimensions, byte[] float32) implements JobOutput {
  public static final int MAX_DIMENSIONS = 16_384;

  private static final String TAG = "assay/output/embeddings/1";
  private static final String PART_TAG = "assay/output/embeddings/vector/1";

  /**
   * @throws IllegalArgumentException if the bytes are not that
   */
  public EmbeddingsOutput {
    if (count < 1 || dimensions < 1 || dimensions > MAX_DIMENSIONS) {
      throw new IllegalArgumentException(
          "There is at least one vector, of 1 to %d dimensions.".formatted(MAX_DIMENSIONS));
    }
    if (float32.length != 4L * count * dimensions) {
      throw new IllegalArgumentException(
          "%d vectors of %d dimensions take %d bytes, not %d."
              .formatted(count, dimensions, 4L * count * dimensions, float32.length));
    }
    float32 = float32.clone();
    ByteBuffer numbers = ByteBuffer.wrap(float32).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; numbers.hasRemaining(); i++) {
      int bits = numbers.getInt();
      if (!Float.isFinite(Float.intBitsToFloat(bits)) || bits == 0x8000_0000) {
        throw new IllegalArgumentException(
            "Number %d of vector %d is not finite, or is a negative zero."
                .formatted(i % dimensions, i / dimensions));
      }
    }
  }

  /** Writes negative zeros as zeros. */
  public static EmbeddingsOutput of(List<float[]> vectors) {
    int dimensions = vectors.getFirst().length;
    var bytes = ByteBuffer.allocate(4 * dimensions * vectors.size()).order(ByteOrder.LITTLE_ENDIAN);
    for (float[] vector : vectors) {
      for (float number : vector) {
        bytes.putFloat(number + 0.0f);
      }
    }
    return new EmbeddingsOutput(vectors.size(), dimensions, bytes.array());
  }

  @Override
  public byte[] float32() {
    return float32.clone();
  }

  public float[] vector(int index) {
    float[] vector = new float[dimensions];
    ByteBuffer.wrap(float32, 4 * dimensions * index, 4 * dimensions)
        .order(ByteOrder.LITTLE_ENDIAN)
        .asFloatBuffer()
        .get(vector);
    return vector;
  }

  @Override
  public Digest digest() {
    return new CanonicalBytes(TAG).number(count).number(dimensions).run(float32).keccak256();
  }

  /** One leaf a vector. */
  @Override
  public Digest evidenceRoot() {
    List<Digest> leaves = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      byte[] vector = Arrays.copyOfRange(float32, 4 * dimensions * i, 4 * dimensions * (i + 1));
      Digest once = new CanonicalBytes(PART_TAG).number(i).run(vector).keccak256();
      leaves.add(Digest.keccak256(once.toBytes())); // twice: no inner node passes for a leaf
    }
    return MerkleTree.of(leaves).root();
  }

  @Override
  public JobKind kind() {
    return JobKind.EMBEDDINGS;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof EmbeddingsOutput output
        && count == output.count
        && dimensions == output.dimensions
        && Arrays.equals(float32, output.float32);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(float32);
  }

  @Override
  public String toString() {
    return "EmbeddingsOutput[%d × %d]".formatted(count, dimensions);
  }
}
