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

  private final byte[] bytes;

  private Password(byte[] bytes) {
    this.bytes = bytes;
  }

  public static Password of(CharSequence text) {
    var utf8 = StandardCharsets.UTF_8.encode(CharBuffer.wrap(text));
    byte[] bytes = new byte[utf8.remaining()];
    utf8.get(bytes);
    return new Password(bytes);
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
    byte[] secret = new byte[24];
    chance.nextBytes(secret);
    String text = HexFormat.of().formatHex(secret);
    PrivateFiles.create(file, (text + "\n").getBytes(StandardCharsets.US_ASCII));
    return of(text);
  }

  byte[] bytes() {
    return bytes.clone();
  }

  @Override
  public String toString() {
    return "Password[not shown]";
  }
}
