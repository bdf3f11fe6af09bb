package dev.assay.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.HexFormat;
import org.bouncycastle.crypto.digests.KeccakDigest;

/**
 * 32 bytes that stand for something else, mostly its Keccak-256; {@code bytes32} on chain. As text:
 * {@code 0x} and 64 hexadecimal digits, written in lower case.
 */
public final class Digest implements Comparable<Digest> {
  public static final int SIZE = 32;

  /** "None", where the contracts use it so. */
  public static final Digest ZERO = new Digest(new byte[SIZE]);

  private final byte[] value;

  private Digest(byte[] value) {
    this.value = value;
  }

  /**
   * @param value 32 bytes, big-endian
   * @throws IllegalArgumentException for any other length
   */
  public static Digest of(byte[] value) {
    if (value.length != SIZE) {
      throw new IllegalArgumentException("A digest is 32 bytes, not %d.".formatted(value.length));
    }
    return new Digest(value.clone());
  }

  /**
   * @throws IllegalArgumentException unless {@code text} is {@code 0x} and 64 hexadecimal digits
   */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public static Digest parse(String text) {
    if (text.length() != 2 + 2 * SIZE) {
      throw new IllegalArgumentException(
          "A digest is 0x and 64 hexadecimal digits, 66 characters, not %d."
              .formatted(text.length()));
    }
    return new Digest(Check.hex("A digest", text));
  }

  /** Keccak-256 as Ethereum uses it; not the SHA-3 of FIPS 202. */
  public static Digest keccak256(byte... message) {
    // Not by web3j's Hash, which asks for a provider's MessageDigest each time.
    var keccak = new KeccakDigest(8 * SIZE);
    keccak.update(message, 0, message.length);
    byte[] value = new byte[SIZE];
    keccak.doFinal(value, 0);
    return new Digest(value);
  }

  /** Bit {@code 2²⁵⁵} first. */
  public byte[] toBytes() {
    return value.clone();
  }

  @JsonValue
  @Override
  public String toString() {
    return "0x" + HexFormat.of().formatHex(value);
  }

  /** As numbers without a sign, as the contracts and the Merkle trees compare them. */
  @Override
  public int compareTo(Digest other) {
    return Arrays.compareUnsigned(value, other.value);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Digest digest && Arrays.equals(value, digest.value);
  }

  /**
   * Eight bytes say enough of a hash, and a match looks digests up a dozen times: the last of the
   * first and of the fourth word, where a number that stands for a hash is, too.
   */
  @Override
  public int hashCode() {
    return 31 * number(Long.BYTES - Integer.BYTES) + number(SIZE - Integer.BYTES);
  }

  private int number(int at) {
    return value[at] << 24
        | (value[at + 1] & 0xff) << 16
        | (value[at + 2] & 0xff) << 8
        | value[at + 3] & 0xff;
  }
}
