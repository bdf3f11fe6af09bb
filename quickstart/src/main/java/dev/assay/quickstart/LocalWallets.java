package dev.assay.quickstart;

import dev.assay.keystore.PrivateFiles;
import dev.assay.protocol.LocalSigner;
import dev.assay.quickstart.stack.ExitCode;
import dev.assay.quickstart.stack.Refusal;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;

/**
 * Wallets of this machine's market, each a key in a file that its owner alone may read: 64
 * hexadecimal digits, as other programs take them. What they hold is worth nothing.
 */
final class LocalWallets {
  private final Path directory;

  /**
   * @param home the folder that holds the data
   */
  LocalWallets(Path home) {
    this.directory = home.resolve("wallets");
  }

  /** The wallet of that name; made when it is asked for first. */
  LocalSigner open(String name) {
    return openOrMake(directory.resolve(name));
  }

  /** The key in a file; made when it is asked for first. */
  static synchronized LocalSigner openOrMake(Path file) {
    try {
      if (Files.notExists(file)) {
        byte[] key = new byte[32];
        new SecureRandom().nextBytes(key);
        LocalSigner.ofKey(key); // out of range once in 2¹²⁸: then the start fails and is repeated
        Files.createDirectories(file.toAbsolutePath().getParent());
        PrivateFiles.create(
            file, (HexFormat.of().formatHex(key) + "\n").getBytes(StandardCharsets.US_ASCII));
      }
      return open(file);
    } catch (IOException e) {
      throw new Refusal(
          ExitCode.CANNOT_CREATE, "A wallet cannot be kept in %s: %s.".formatted(file, e), e);
    }
  }

  /**
   * @throws Refusal if the file holds no key, whose message does not show what it holds
   */
  static LocalSigner open(Path file) {
    try {
      String digits = Files.readString(file).strip();
      return LocalSigner.ofKey(
          HexFormat.of().parseHex(digits.startsWith("0x") ? digits.substring(2) : digits));
    } catch (IOException e) {
      throw new Refusal(ExitCode.IO, "%s cannot be read: %s.".formatted(file, e), e);
    } catch (IllegalArgumentException e) {
      throw new Refusal(
          ExitCode.DATA,
          "%s holds no key: that is 64 hexadecimal digits and nothing else.".formatted(file));
    }
  }
}
