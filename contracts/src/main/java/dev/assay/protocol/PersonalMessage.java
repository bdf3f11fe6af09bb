package dev.assay.protocol;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Text as wallets sign it for people ({@code personal_sign}, EIP-191 version {@code 0x45}). The
 * prefix keeps such a text from ever being a transaction or an EIP-712 message.
 */
public final class PersonalMessage {
  private static final String PREFIX = "\u0019Ethereum Signed Message:\n";

  private PersonalMessage() {}

  /** What a wallet signs and {@link Signature#signerOf} recovers from. */
  public static Digest digest(String text) {
    return Digest.keccak256(preimage(text));
  }

  public static Signature sign(String text, Signer signer) {
    return signer.signHashOf(preimage(text));
  }

  /**
   * The bytes of which {@link #digest} is the Keccak-256: the prefix, the text's length in bytes of
   * UTF-8 as decimal digits, the text.
   */
  public static byte[] preimage(String text) {
    byte[] message = text.getBytes(StandardCharsets.UTF_8);
    byte[] head = (PREFIX + message.length).getBytes(StandardCharsets.US_ASCII);
    return ByteBuffer.allocate(head.length + message.length).put(head).put(message).array();
  }
}
