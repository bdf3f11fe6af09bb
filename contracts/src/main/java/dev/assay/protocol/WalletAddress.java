package dev.assay.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Locale;

/**
 * The address of a wallet: 20 bytes as {@code 0x} and 40 hexadecimal digits, kept in lower case.
 *
 * <p>Mixed case (EIP-55) is accepted and lowered; the checksum is a matter of user interfaces.
 */
public record WalletAddress(String hex) implements Comparable<WalletAddress> {
  private static final int LENGTH = 2 + 2 * 20;

  /** Nobody's. What the contracts answer for "none". */
  public static final WalletAddress ZERO = new WalletAddress("0x" + "0".repeat(40));

  /**
   * @throws IllegalArgumentException unless {@code hex} is {@code 0x} and 40 hexadecimal digits
   */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public WalletAddress {
    if (!isAddress(hex)) {
      throw new IllegalArgumentException(
          "A wallet address is 0x and 40 hexadecimal digits, this is not one.");
    }
    hex = hex.toLowerCase(Locale.ROOT);
  }

  private static boolean isAddress(String text) {
    if (text.length() != LENGTH || !text.startsWith("0x")) {
      return false;
    }
    for (int i = 2; i < LENGTH; i++) {
      if (!HexFormat.isHexDigit(text.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  /** EIP-55, for people: a letter is upper case where the hash of the digits has one above 7. */
  public String checksummed() {
    char[] text = hex.toCharArray();
    byte[] hash = Digest.keccak256(hex.substring(2).getBytes(StandardCharsets.US_ASCII)).toBytes();
    for (int i = 0; i < hex.length() - 2; i++) {
      int nibble = (i % 2 == 0 ? hash[i / 2] >> 4 : hash[i / 2]) & 0xf;
      if (nibble > 7) {
        text[2 + i] = Character.toUpperCase(text[2 + i]);
      }
    }
    return new String(text);
  }

  /**
   * Whose key it is. Not by web3j's {@code Keys}, which registers thousands of algorithms of
   * BouncyCastle with the JDK: ten megabytes of an idle agent.
   *
   * @param publicKey x ‖ y of a point of secp256k1, 64 bytes
   */
  static WalletAddress ofKey(byte[] publicKey) {
    return new WalletAddress("0x" + Digest.keccak256(publicKey).toString().substring(2 + 2 * 12));
  }

  /** 20 bytes, big-endian. */
  public byte[] toBytes() {
    return HexFormat.of().parseHex(hex, 2, hex.length());
  }

  @JsonValue
  @Override
  public String toString() {
    return hex;
  }

  /** The order of the contracts: as numbers. */
  @Override
  public int compareTo(WalletAddress other) {
    return hex.compareTo(other.hex);
  }
}
