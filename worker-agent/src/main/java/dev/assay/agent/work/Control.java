package dev.assay.agent.work;

import dev.assay.keystore.PrivateFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * What the provider asks of a running worker, through files in its home: {@code pause.json}, which
 * outlives a restart, and {@code drain}, which ends the process that sees it.
 */
public final class Control {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Path pause;
  private final Path drain;

  public Control(Path home) {
    this.pause = home.resolve("pause.json");
    this.drain = home.resolve("drain");
  }

  /**
   * @param until when work goes on by itself; null for never
   */
  record Paused(@Nullable Instant until) {}

  /**
   * @param until when work goes on by itself; null for never
   */
  public void pause(@Nullable Instant until) throws IOException {
    PrivateFiles.replace(pause, JSON.writeValueAsBytes(new Paused(until)));
  }

  public void drain() throws IOException {
    PrivateFiles.replace(drain, new byte[0]);
  }

  /** Takes back a pause and a drain that has not ended the worker yet. */
  public boolean resume() throws IOException {
    boolean wasDraining = Files.deleteIfExists(drain);
    return Files.deleteIfExists(pause) || wasDraining;
  }

  /** A new process does not heed what was asked of the last. */
  public void forgetDrain() throws IOException {
    Files.deleteIfExists(drain);
  }

  boolean isDraining() {
    return Files.exists(drain);
  }

  /** Why the provider's own wish keeps the worker from work; nothing if it does not. */
  Optional<String> objection(Instant now) {
    if (!Files.exists(pause)) {
      return Optional.empty();
    }
    try {
      Instant until = JSON.readValue(Files.readAllBytes(pause), Paused.class).until();
      if (until == null) {
        return Optional.of("It was paused by its owner; 'assay-worker resume' lets it go on.");
      }
      return until.isAfter(now)
          ? Optional.of("It was paused by its owner until " + until + ".")
          : Optional.empty();
    } catch (IOException | JacksonException e) {
      return Optional.of(
          pause + " cannot be read; 'assay-worker resume' removes it and lets the worker go on.");
    }
  }
}
