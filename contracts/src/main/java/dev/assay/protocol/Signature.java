package dev.assay.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/**
 * A signature by secp256k1 in its one accepted form: 65 bytes {@code r ‖ s ‖ v}, r and s within the
 * curve's order, s in the lower half of it (EIP-2), v 27 or 28. A second form of the same signature
 * would make two names for one thing.
 */
public final class Signature {
  public static final int SIZE = 65;

  /** Of the curve, and half of it, big-endian. */
  static final byte[] ORDER =
      HexFormat.of().parseHex("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");

  private static final byte[] HALF_ORDER =
      HexFormat.of().parseHex("7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0");

  private static final byte[] ZERO = new byte[32];

  private final byte[] value;

  private Signature(byte[] value) {
    if (value.length != SIZE) {
      throw new IllegalArgumentException(
          "A signature is 65 bytes, r ‖ s ‖ v, not %d.".formatted(value.length));
    }
    this.value = value;
    if (compare(0, ZERO) == 0 || compare(0, ORDER) >= 0) {
      throw new IllegalArgumentException("A signature's r is above 0 and below the curve's order.");
    }
    if (compare(32, ZERO) == 0 || compare(32, HALF_ORDER) > 0) {
      throw new IllegalArgumentException(
          "A signature's s is above 0 and at most half the curve's order (EIP-2).");
    }
    if (value[64] != 27 && value[64] != 28) {
      throw new IllegalArgumentException(
          "A signature's v is 27 or 28, not %d.".formatted(value[64] & 0xff));
    }
  }

  /**
   * @param value 65 bytes, {@code r ‖ s ‖ v}
   * @throws IllegalArgumentException for any other form
   */
  public static Signature of(byte[] value) {
    return new Signature(value.clone());
  }

  /**
   * @param text {@code 0x} and 130 hexadecimal digits
   * @throws IllegalArgumentException for any other form
   */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public static Signature parse(String text) {
    return new Signature(Check.hex("A signature", text));
  }

  /** Whose key made this over {@code digest}; nobody's if no key could have. */
  public Optional<WalletAddress> signerOf(Digest digest) {
    byte[] key = Secp256k1.get().recover(digest.toBytes(), value);
    return key == null ? Optional.empty() : Optional.of(WalletAddress.ofKey(key));
  }

  /** Whether {@code signer} signed {@code message} for {@code domain}. */
  public boolean isBy(WalletAddress signer, Signable message, Domain domain) {
    return signerOf(message.digest(domain)).equals(Optional.of(signer));
  }

  public byte[] toBytes() {
    return value.clone();
  }

  @JsonValue
  @Override
  public String toString() {
    return "0x" + HexFormat.of().formatHex(value);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Signature signature && Arrays.equals(value, signature.value);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(value);
  }

  /** As numbers without a sign. */
  private int compare(int from, byte[] number) {
    return Arrays.compareUnsigned(value, from, from + number.length, number, 0, number.length);
  }
}
