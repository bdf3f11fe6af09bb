package dev.assay.agent.work;

import dev.assay.keystore.PrivateFiles;
import dev.assay.protocol.Domain;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * The court whose domain this home's key signs in, kept from the first sign-in on. A market that
 * names another could have attestations signed that count somewhere else.
 */
final class CourtPin {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Path file;

  /** Once read or written: a disk that fails later does not end a worker that has signed in. */
  private @Nullable Domain known;

  CourtPin(Path home) {
    this.file = home.resolve("court.json");
  }

  /**
   * Pins a court, or compares it with the pinned one.
   *
   * @return why it may not be used, as sentences; nothing if it may
   * @throws IOException if the pin can be neither read nor written
   */
  Optional<String> objection(Domain court) throws IOException {
    Domain pinned = known == null ? pinned(court) : known;
    known = pinned;
    if (pinned.equals(court)) {
      return Optional.empty();
    }
    return Optional.of(
        ("The market names the court %s on chain %d, but this home has worked for %s on chain %d."
                + " Nothing is signed for another court. If the market has moved, remove %s, or"
                + " give the new market its own --home.")
            .formatted(
                court.verifyingContract(),
                court.chainId(),
                pinned.verifyingContract(),
                pinned.chainId(),
                file));
  }

  private Domain pinned(Domain otherwise) throws IOException {
    if (!Files.exists(file)) {
      PrivateFiles.create(
          file, JSON.writeValueAsString(otherwise).getBytes(StandardCharsets.UTF_8));
      return otherwise;
    }
    try {
      return JSON.readValue(Files.readAllBytes(file), Domain.class);
    } catch (JacksonException e) {
      throw new IOException(file + " is not what the agent wrote", e);
    }
  }
}
