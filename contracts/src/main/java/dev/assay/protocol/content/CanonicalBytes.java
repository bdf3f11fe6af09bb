package dev.assay.protocol.content;

import dev.assay.protocol.Digest;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Writes values one after another so that no two sequences give the same bytes: numbers are 4 or 8
 * bytes big-endian, texts are UTF-8 behind their length in bytes.
 */
public final class CanonicalBytes {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  /**
   * @param tag names kind and version, so that bytes of one kind are never those of another
   */
  public CanonicalBytes(String tag) {
    text(tag);
  }

  public CanonicalBytes number(int value) {
    for (int shift = 24; shift >= 0; shift -= 8) {
      bytes.write(value >>> shift);
    }
    return this;
  }

  public CanonicalBytes number(long value) {
    return number((int) (value >>> 32)).number((int) value);
  }

  public CanonicalBytes text(String text) {
    return run(text.getBytes(StandardCharsets.UTF_8));
  }

  public CanonicalBytes digest(Digest digest) {
    bytes.writeBytes(digest.toBytes());
    return this;
  }

  public CanonicalBytes run(byte[] run) {
    number(run.length);
    bytes.writeBytes(run);
    return this;
  }

  public byte[] toBytes() {
    return bytes.toByteArray();
  }

  public Digest keccak256() {
    return Digest.keccak256(toBytes());
  }
}
