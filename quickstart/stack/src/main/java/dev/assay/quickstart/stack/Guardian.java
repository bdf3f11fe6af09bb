package dev.assay.quickstart.stack;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * A tiny shell process that waits for the end of this JVM and then stops the processes of its home.
 * A shutdown hook cannot do that: {@code kill -9} runs none.
 */
public final class Guardian {
  /**
   * It gives the processes 5 s between the polite and the final signal; the rest is its own work.
   */
  static final Duration ENDS_WITHIN = Duration.ofSeconds(10);

  private static final String SCRIPT = "guardian.sh";

  private final Process process;
  private volatile boolean dismissed;

  private Guardian(Process process) {
    this.process = process;
  }

  static Guardian start(Home home) throws IOException {
    return new Guardian(
        launch(home, ProcessBuilder.Redirect.PIPE, home.isThrowAway() ? "discard" : "keep"));
  }

  /** Stops what an earlier owner of the home left running; returns when nothing of it is left. */
  static void sweep(Home home) throws IOException {
    awaitPredecessor(home.run().resolve("guardian"));
    Process sweep =
        launch(home, ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()), "keep");
    awaitEnd(sweep.toHandle());
  }

  public long pid() {
    return process.pid();
  }

  /**
   * Completes when the guardian is gone though nobody dismissed it: nothing is guarded any more.
   */
  public CompletableFuture<Guardian> lost() {
    CompletableFuture<Guardian> lost = new CompletableFuture<>();
    process
        .onExit()
        .thenAccept(ended -> {
          if (!dismissed) {
            lost.complete(this);
          }
        });
    return lost;
  }

  /** Tells it that the owner leaves; it stops what is still there, then ends. */
  void dismiss() throws IOException {
    dismissed = true;
    process.getOutputStream().close();
    awaitEnd(process.toHandle());
  }

  private static Process launch(Home home, ProcessBuilder.Redirect input, String fate)
      throws IOException {
    Path script = home.run().resolve(SCRIPT);
    try (InputStream source = Guardian.class.getResourceAsStream(SCRIPT)) {
      if (source == null) {
        throw new IllegalStateException(SCRIPT + " is missing from the class path");
      }
      Files.copy(source, script, StandardCopyOption.REPLACE_EXISTING);
    }
    List<String> command = new ArrayList<>(Tools.OWN_SESSION);
    command.addAll(List.of("/bin/sh", script.toString(), home.directory().toString(), fate));
    return new ProcessBuilder(command)
        .redirectInput(input)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  /**
   * The guardian of a killed owner may still be at its work; two at once would be in each other's
   * way.
   */
  private static void awaitPredecessor(Path pidFile) throws IOException {
    if (!Files.exists(pidFile)) {
      return;
    }
    String pid = Files.readString(pidFile, StandardCharsets.UTF_8).strip();
    if (pid.isEmpty() || !pid.chars().allMatch(Character::isDigit)) {
      return;
    }
    ProcessHandle.of(Long.parseLong(pid))
        .filter(process -> process.info().commandLine().orElse("").contains(SCRIPT))
        .ifPresent(Guardian::awaitEnd);
  }

  private static void awaitEnd(ProcessHandle process) {
    try {
      process.onExit().get(ENDS_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      process.destroyForcibly();
    } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException late) {
      process.destroyForcibly();
    }
  }
}
