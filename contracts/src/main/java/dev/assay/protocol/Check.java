package dev.assay.protocol;

/** Refusals that name the value and say what is allowed. */
final class Check {
  /** The most that a time, count or number of units may be: exact in every reader of JSON. */
  static final long MAX_SAFE = (1L << 53) - 1;

  static final long MAX_UINT32 = (1L << 32) - 1;
  static final int MAX_UINT16 = (1 << 16) - 1;
  static final int MAX_UINT8 = (1 << 8) - 1;

  private Check() {}

  static void range(String name, long value, long min, long max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          "%s is %d to %d, not %d.".formatted(name, min, max, value));
    }
  }

  static void uint16(String name, long value) {
    range(name, value, 0, MAX_UINT16);
  }

  static void uint32(String name, long value) {
    range(name, value, 0, MAX_UINT32);
  }

  /** For a {@code uint64} of the contracts that is no amount. */
  static void uint53(String name, long value) {
    range(name, value, 0, MAX_SAFE);
  }

  static void someone(String name, WalletAddress address) {
    if (address.equals(WalletAddress.ZERO)) {
      throw new IllegalArgumentException(name + " is a wallet, not the zero address.");
    }
  }

  /** Decodes {@code 0x} and pairs of hexadecimal digits. */
  static byte[] hex(String name, String text) {
    boolean isHex = text.startsWith("0x") && text.length() % 2 == 0;
    byte[] bytes = new byte[isHex ? text.length() / 2 - 1 : 0];
    for (int i = 0; isHex && i < bytes.length; i++) {
      int high = digit(text.charAt(2 * i + 2));
      int low = digit(text.charAt(2 * i + 3));
      isHex = high >= 0 && low >= 0;
      bytes[i] = (byte) (high << 4 | low);
    }
    if (!isHex) {
      throw new IllegalArgumentException(
          "%s is 0x and pairs of hexadecimal digits, this is not.".formatted(name));
    }
    return bytes;
  }

  /** ASCII only: {@link Character#digit} takes the digits of every script. */
  private static int digit(char c) {
    return c < 0x80 ? Character.digit(c, 16) : -1;
  }
}
