package dev.assay.protocol.content;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.assay.protocol.Digest;
import dev.assay.protocol.MerkleTree;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Which tokens a text is made of, and what the model thought of each: its logprob, and those of the
 * {@value #LISTED} likeliest tokens at its place. In JSON it is base64 of an entry of {@value
 * #ENTRY} bytes a token, all little-endian: the token's id (32 bits) and its logprob (32-bit
 * float), then ids and logprobs of the likeliest, the likeliest first.
 */
public final class TokenTrace {
  /** How many of the likeliest tokens stand beside each. */
  public static final int LISTED = 5;

  /** Bytes of a token's entry. */
  public static final int ENTRY = 8 * (1 + LISTED);

  private static final String PART_TAG = "assay/output/chat/token/1";

  /** What rounding adds to a sum of probabilities, generously. */
  private static final double ROUNDING = 1e-3;

  private final byte[] entries;

  /** A token and the natural logarithm of the probability that the model gave it. */
  public record Likelihood(int token, float logprob) {}

  /**
   * One place of a text.
   *
   * @param chosen the token that stands there; it need not be one of the likeliest
   * @param likeliest {@value TokenTrace#LISTED} of them, the likeliest first
   */
  public record Position(Likelihood chosen, List<Likelihood> likeliest) {
    public Position {
      likeliest = List.copyOf(likeliest);
    }
  }

  private TokenTrace(byte[] entries) {
    this.entries = entries;
  }

  /**
   * @throws IllegalArgumentException if that is not what a model can have thought
   */
  @JsonCreator
  public static TokenTrace of(byte[] entries) {
    if (entries.length == 0
        || entries.length % ENTRY != 0
        || entries.length / ENTRY > ChatInput.MAX_TOKENS) {
      throw new IllegalArgumentException(
          "A trace has an entry of %d bytes for each of 1 to %d tokens, not %d bytes."
              .formatted(ENTRY, ChatInput.MAX_TOKENS, entries.length));
    }
    TokenTrace trace = new TokenTrace(entries.clone());
    for (int i = 0; i < trace.count(); i++) {
      check(i, trace.position(i));
    }
    return trace;
  }

  /** Writes negative zeros as zeros. */
  public static TokenTrace ofPositions(List<Position> positions) {
    var bytes = ByteBuffer.allocate(ENTRY * positions.size()).order(ByteOrder.LITTLE_ENDIAN);
    for (Position position : positions) {
      if (position.likeliest.size() != LISTED) {
        throw new IllegalArgumentException(
            "Beside a token stand the %d likeliest.".formatted(LISTED));
      }
      put(bytes, position.chosen);
      position.likeliest.forEach(likelihood -> put(bytes, likelihood));
    }
    return of(bytes.array());
  }

  private static void put(ByteBuffer bytes, Likelihood likelihood) {
    bytes.putInt(likelihood.token).putFloat(likelihood.logprob + 0.0f);
  }

  private static void check(int index, Position position) {
    check(index, position.chosen);
    double sum = 0;
    float before = 0;
    Set<Integer> seen = new HashSet<>();
    for (Likelihood likelihood : position.likeliest) {
      check(index, likelihood);
      if (likelihood.logprob > before || !seen.add(likelihood.token)) {
        throw new IllegalArgumentException(
            "The likeliest tokens at place %d are not in their order, or one is there twice."
                .formatted(index));
      }
      if (likelihood.token == position.chosen.token
          && likelihood.logprob != position.chosen.logprob) {
        throw new IllegalArgumentException(
            "The token at place %d has two probabilities.".formatted(index));
      }
      before = likelihood.logprob;
      sum += Math.exp(likelihood.logprob);
    }
    if (sum > 1 + ROUNDING) {
      throw new IllegalArgumentException(
          "The probabilities at place %d are more than 1 together.".formatted(index));
    }
  }

  private static void check(int index, Likelihood likelihood) {
    boolean isLogprob = Float.isFinite(likelihood.logprob) && likelihood.logprob <= 0;
    boolean isNegativeZero = Float.floatToRawIntBits(likelihood.logprob) == 0x8000_0000;
    if (!isLogprob || isNegativeZero || likelihood.token < 0) {
      throw new IllegalArgumentException(
          "At place %d stands a token below 0, or a logprob that is not finite or above 0."
              .formatted(index));
    }
  }

  /** How many tokens. */
  public int count() {
    return entries.length / ENTRY;
  }

  /**
   * @throws IndexOutOfBoundsException for one that is not there
   */
  public Position position(int index) {
    var bytes = ByteBuffer.wrap(entries, ENTRY * index, ENTRY).order(ByteOrder.LITTLE_ENDIAN);
    Likelihood chosen = new Likelihood(bytes.getInt(), bytes.getFloat());
    List<Likelihood> likeliest = new ArrayList<>(LISTED);
    for (int i = 0; i < LISTED; i++) {
      likeliest.add(new Likelihood(bytes.getInt(), bytes.getFloat()));
    }
    return new Position(chosen, likeliest);
  }

  /** The tokens alone. */
  public List<Integer> tokens() {
    var bytes = ByteBuffer.wrap(entries).order(ByteOrder.LITTLE_ENDIAN);
    List<Integer> tokens = new ArrayList<>(count());
    for (int i = 0; i < count(); i++) {
      tokens.add(bytes.getInt(ENTRY * i));
    }
    return tokens;
  }

  /** Root of the tree with one leaf a token, any of which can be opened by itself. */
  public Digest root() {
    List<Digest> leaves = new ArrayList<>(count());
    for (int i = 0; i < count(); i++) {
      byte[] entry = Arrays.copyOfRange(entries, ENTRY * i, ENTRY * (i + 1));
      Digest once = new CanonicalBytes(PART_TAG).number(i).run(entry).keccak256();
      leaves.add(Digest.keccak256(once.toBytes())); // twice: no inner node passes for a leaf
    }
    return MerkleTree.of(leaves).root();
  }

  @JsonValue
  public byte[] toBytes() {
    return entries.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TokenTrace trace && Arrays.equals(entries, trace.entries);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(entries);
  }

  @Override
  public String toString() {
    return "TokenTrace[%d tokens]".formatted(count());
  }
}
