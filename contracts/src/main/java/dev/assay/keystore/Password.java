package dev.assay.keystore;

import java.io.IOException;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.random.RandomGenerator;

/** What opens a keystore. Never shown. */
public final class Password {
  private static final int MAX_LENGTH = 1024;

  private static final int RANDOM_BYTES = 24;

  private final byte[] bytes;
  private final boolean isRandom;

  private Password(byte[] bytes, boolean isRandom) {
    this.bytes = bytes;
    this.isRandom = isRandom;
  }

  public static Password of(CharSequence text) {
    var utf8 = StandardCharsets.UTF_8.encode(CharBuffer.wrap(text));
    byte[] bytes = new byte[utf8.remaining()];
    utf8.get(bytes);
    return new Password(bytes, false);
  }

  /**
   * The first line of a file.
   *
   * @throws IOException if it cannot be read, or its first line is empty or too long
   */
  public static Password read(Path file) throws IOException {
    if (Files.size(file) > MAX_LENGTH) {
      throw new IOException(file + " is too long for a password");
    }
    String line = Files.readString(file).lines().findFirst().orElse("");
    if (line.isEmpty()) {
      throw new IOException("the first line of " + file + " is empty");
    }
    return of(line);
  }

  /**
   * A password that nobody can guess, written to a new file that only its owner may read.
   *
   * @param chance cryptographically strong, except in tests
   */
  public static Password generate(Path file, RandomGenerator chance) throws IOException {
    byte[] secret = new byte[RANDOM_BYTES];
    chance.nextBytes(secret);
    String text = HexFormat.of().formatHex(secret);
    PrivateFiles.create(file, (text + "\n").getBytes(StandardCharsets.US_ASCII));
    return new Password(text.getBytes(StandardCharsets.US_ASCII), true);
  }

  /** Whether it was made by chance here, just now, rather than chosen by somebody. */
  boolean isRandom() {
    return isRandom;
  }

  byte[] bytes() {
    return bytes.clone();
  }

  @Override
  public String toString() {
    return "Password[not shown]";
  }
}
