package dev.assay.quickstart;

import dev.assay.keystore.PrivateFiles;
import dev.assay.quickstart.stack.ExitCode;
import dev.assay.quickstart.stack.Refusal;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Map;

/** The secret by which the two services of this machine's market believe each other. */
final class EventSecret {
  private final Path file;

  /**
   * @param home the folder that holds the data
   */
  EventSecret(Path home) {
    this.file = home.resolve("event-secret");
  }

  /** What both services must know of it. It is made when it is asked for first. */
  Map<String, String> environment() {
    try {
      if (Files.notExists(file)) {
        make();
      }
    } catch (IOException e) {
      throw new Refusal(
          ExitCode.CANNOT_CREATE,
          "The secret of this machine's services cannot be kept in %s: %s.".formatted(file, e),
          e);
    }
    return Map.of("MESSAGING_SECRETFILE", file.toString());
  }

  private void make() throws IOException {
    byte[] secret = new byte[32];
    new SecureRandom().nextBytes(secret);
    String line = "0x" + HexFormat.of().formatHex(secret) + "\n";
    try {
      PrivateFiles.create(file, line.getBytes(StandardCharsets.US_ASCII));
    } catch (FileAlreadyExistsException e) {
      // The other service asked at the same time.
    }
  }
}
