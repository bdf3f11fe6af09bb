package dev.assay.marketplace.identity;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.assay.protocol.Digest;
import dev.assay.protocol.WalletAddress;

/** How wallets write addresses: the case of the letters is a checksum. */
final class Eip55 {
  private Eip55() {}

  static String checksummed(WalletAddress address) {
    char[] text = address.hex().toCharArray();
    byte[] hash = Digest.keccak256(address.hex().substring(2).getBytes(US_ASCII)).toBytes();
    for (int i = 0; i < 40; i++) {
      int nibble = (i % 2 == 0 ? hash[i / 2] >> 4 : hash[i / 2]) & 0xf;
      if (nibble >= 8) {
        text[2 + i] = Character.toUpperCase(text[2 + i]);
      }
    }
    return new String(text);
  }
}
