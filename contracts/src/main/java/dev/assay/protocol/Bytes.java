package dev.assay.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * Bytes of any number that nobody can change. As text: {@code 0x} and pairs of hexadecimal digits.
 */
public final class Bytes {
  public static final Bytes EMPTY = new Bytes(new byte[0]);

  private final byte[] value;

  private Bytes(byte[] value) {
    this.value = value;
  }

  public static Bytes of(byte... value) {
    return new Bytes(value.clone());
  }

  /**
   * @throws IllegalArgumentException unless {@code text} is {@code 0x} and pairs of hexadecimal
   *     digits
   */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public static Bytes parse(String text) {
    return new Bytes(Check.hex("A run of bytes", text));
  }

  public int size() {
    return value.length;
  }

  public byte[] toBytes() {
    return value.clone();
  }

  public Digest keccak256() {
    return Digest.keccak256(value);
  }

  @JsonValue
  @Override
  public String toString() {
    return "0x" + HexFormat.of().formatHex(value);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Bytes bytes && Arrays.equals(value, bytes.value);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(value);
  }
}
