package dev.assay.quickstart.stack;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * A process of a home, a direct child of this JVM. It is known to the home's {@link Guardian}
 * before its program begins, so there is no moment in which it could be left behind.
 */
public final class ChildProcess implements AutoCloseable {
  static final Duration STOPS_WITHIN = Duration.ofSeconds(10);

  /** A log above this size is kept once under {@code .1}, so that a home does not grow for ever. */
  static final long LOG_BYTES = 10L << 20;

  private static final Duration LOOKS_EVERY = Duration.ofMillis(25);

  /**
   * The pid file, then a look whether the guardian has begun its round (see there), then the
   * program in the same process.
   */
  private static final String REGISTERED =
      "echo \"$$ $2\" >\"$1/run/$3.pid\"; [ -e \"$1/run/owner-gone\" ] && exit 75; shift 3;"
          + " exec \"$@\"";

  private final ChildSpec spec;
  private final LogDiagnosis diagnosis;
  private final Process process;

  /** Its end, with its pid file gone: from then on another may take its name. */
  private final CompletableFuture<Void> forgotten;

  private volatile boolean stopping;

  private ChildProcess(
      ChildSpec spec, LogDiagnosis diagnosis, Process process, CompletableFuture<Void> forgotten) {
    this.spec = spec;
    this.diagnosis = diagnosis;
    this.process = process;
    this.forgotten = forgotten;
  }

  /** Starts it and returns at once; {@link #awaitReady} waits. */
  public static ChildProcess start(Home home, ChildSpec spec) {
    Path log = home.logs().resolve(spec.name() + ".log");
    Path pidFile = home.run().resolve(spec.name() + ".pid");
    List<String> command = new ArrayList<>(Tools.OWN_SESSION);
    command.addAll(List.of("/bin/sh", "-c", REGISTERED, "sh"));
    command.addAll(List.of(home.toString(), spec.stopSignal().name(), spec.name()));
    command.addAll(spec.command());
    try {
      rotate(log);
      long logStart = Files.exists(log) ? Files.size(log) : 0;
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .directory(home.directory().toFile())
              .redirectInput(Path.of("/dev/null").toFile())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
      builder.environment().putAll(spec.environment());
      Process process = builder.start();
      return new ChildProcess(
          spec,
          new LogDiagnosis(spec.name(), spec.port(), home.directory(), log, logStart),
          process,
          process.onExit().thenRun(() -> forget(pidFile)));
    } catch (IOException e) {
      throw Refusal.because("start " + spec.name(), e);
    }
  }

  public String name() {
    return spec.name();
  }

  public long pid() {
    return process.pid();
  }

  public Path log() {
    return diagnosis.log();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /**
   * Returns when it is ready.
   *
   * @throws Refusal if it ended or is late; then it is no longer running
   */
  public void awaitReady() {
    long deadline = System.nanoTime() + spec.readyWithin().toNanos();
    try {
      while (!looksReady()) {
        if (process.waitFor(LOOKS_EVERY.toMillis(), TimeUnit.MILLISECONDS)) {
          throw diagnosis.ofEarlyEnd(process.exitValue());
        }
        if (System.nanoTime() - deadline > 0) {
          stop();
          throw diagnosis.ofLateness(spec.readyWithin());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      stop();
      throw new Refusal(ExitCode.SOFTWARE, "Stopped while " + name() + " was starting.", e);
    }
  }

  /** Completes when it ends though nobody stopped it. */
  public CompletableFuture<ChildProcess> lost() {
    CompletableFuture<ChildProcess> lost = new CompletableFuture<>();
    process
        .onExit()
        .thenRun(() -> {
          if (!stopping) {
            lost.complete(this);
          }
        });
    return lost;
  }

  /** What it did when it ended by itself, for the person at the terminal. */
  public Refusal explainLoss() {
    return diagnosis.ofEarlyEnd(process.exitValue());
  }

  /** Asks it to end, waits, and ends it by force if it takes more than {@link #STOPS_WITHIN}. */
  public void stop() {
    stop(STOPS_WITHIN);
  }

  /**
   * Asks it to end, waits, and ends it by force if it takes more than the patience.
   *
   * @return whether it ended without force
   */
  public boolean stop(Duration patience) {
    stopping = true;
    try {
      if (spec.stopSignal() == StopSignal.TERM) {
        process.destroy();
      } else {
        signal(spec.stopSignal().name());
      }
      if (process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
        return true;
      }
      process.destroyForcibly();
      process.waitFor(STOPS_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
    } catch (Refusal cannotBeAsked) {
      process.destroyForcibly();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    return false;
  }

  /** Ends it as a power cut would, and returns when another may be started in its place. */
  public void kill() {
    stopping = true;
    process.destroyForcibly();
    forgotten.join();
  }

  /** Lets it get no time at all, as a machine that hangs, until {@link #thaw}. */
  public void freeze() {
    signal("STOP");
  }

  public void thaw() {
    signal("CONT");
  }

  @Override
  public void close() {
    stop();
  }

  private boolean looksReady() throws InterruptedException {
    try {
      return process.isAlive() && spec.readiness().isReady();
    } catch (IOException notYet) {
      return false;
    }
  }

  private void signal(String name) {
    try {
      new ProcessBuilder("/bin/sh", "-c", "kill -s \"$1\" \"$2\"", "sh", name, "" + pid())
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start()
          .waitFor();
    } catch (IOException e) {
      throw Refusal.because("signal " + this, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void rotate(Path log) throws IOException {
    if (Files.exists(log) && Files.size(log) > LOG_BYTES) {
      Files.move(
          log, log.resolveSibling(log.getFileName() + ".1"), StandardCopyOption.REPLACE_EXISTING);
    }
  }

  /** The guardian checks each pid anyway, so a file that cannot be removed does no harm. */
  private static void forget(Path pidFile) {
    try {
      Files.deleteIfExists(pidFile);
    } catch (IOException harmless) {
      pidFile.toFile().deleteOnExit();
    }
  }

  @Override
  public String toString() {
    return name() + " (pid " + pid() + ")";
  }
}
