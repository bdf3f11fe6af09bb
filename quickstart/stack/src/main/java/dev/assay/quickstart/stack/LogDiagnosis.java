package dev.assay.quickstart.stack;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Reads in a server's own words why it did not start, and says it in the user's. */
final class LogDiagnosis {
  private static final int TAIL_BYTES = 16 << 10;
  private static final int SHOWN_LINES = 12;
  private static final int SHOWN_WIDTH = 300;

  private LogDiagnosis() {}

  static Refusal ofEarlyEnd(String name, int exitValue, Path log, long since) {
    String text = tail(log, since);
    if (text.contains(Refusal.DISK_FULL)) {
      return Refusal.diskFull(
          name + " stopped (its log is " + log + ")", new IOException(Refusal.DISK_FULL));
    }
    if (text.contains("Address already in use") || text.contains("was already in use")) {
      return new Refusal(
          ExitCode.IN_USE,
          "%s could not take its port, because another program uses it (its log is %s)."
              .formatted(name, log));
    }
    if (text.contains("Read-only file system")) {
      return new Refusal(
          ExitCode.CANNOT_CREATE,
          "%s cannot write to its folder: the file system is read-only. Choose another folder"
                  .formatted(name)
              + " with --home DIR.");
    }
    return new Refusal(
        ExitCode.SOFTWARE,
        "%s ended unexpectedly with %s. The last lines of %s:%n%s"
            .formatted(name, howItEnded(exitValue), log, lastLines(text)));
  }

  static Refusal ofLateness(String name, Duration limit, Path log, long since) {
    return new Refusal(
        ExitCode.SOFTWARE,
        "%s was not ready after %d s and was stopped. The last lines of %s:%n%s"
            .formatted(name, limit.toSeconds(), log, lastLines(tail(log, since))));
  }

  /** A shell's convention, which Java shares: 128 + the number of the signal. */
  private static String howItEnded(int exitValue) {
    return exitValue > 128 ? "signal " + (exitValue - 128) : "exit code " + exitValue;
  }

  private static String tail(Path log, long since) {
    try (SeekableByteChannel channel = Files.newByteChannel(log)) {
      channel.position(Math.max(since, channel.size() - TAIL_BYTES));
      ByteBuffer bytes = ByteBuffer.allocate(TAIL_BYTES);
      while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
        // Reads on until the buffer is full or the file ends.
      }
      return new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
    } catch (IOException unreadable) {
      return "(the log cannot be read: " + unreadable.getMessage() + ")";
    }
  }

  private static String lastLines(String text) {
    List<String> lines = text.lines().filter(line -> !line.isBlank()).toList();
    if (lines.isEmpty()) {
      return "  (nothing)";
    }
    return lines.subList(Math.max(0, lines.size() - SHOWN_LINES), lines.size()).stream()
        .map(line -> line.substring(0, Math.min(line.length(), SHOWN_WIDTH)))
        .map(line -> "  " + line)
        .collect(java.util.stream.Collectors.joining(System.lineSeparator()));
  }
}
