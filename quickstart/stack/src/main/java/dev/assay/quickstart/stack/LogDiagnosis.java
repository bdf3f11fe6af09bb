package dev.assay.quickstart.stack;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads in a server's own words why it did not start, and says it in the user's.
 *
 * @param name of the server: {@code postgresql}
 * @param port where it was to listen; 0 if nowhere
 * @param home the folder that holds its data
 * @param log where it wrote its words
 * @param since the byte of the log where this run begins
 */
record LogDiagnosis(String name, int port, Path home, Path log, long since) {
  private static final int TAIL_BYTES = 16 << 10;
  private static final int SHOWN_LINES = 12;
  private static final int SHOWN_WIDTH = 600;
  private static final String CAUSE = "Caused by: ";
  private static final JsonMapper JSON = new JsonMapper();

  private static final Pattern TAKEN_PORT = Pattern.compile("Port (\\d+) was already in use");

  /** What each server says of files that it once wrote and can no longer read. */
  private static final List<String> DAMAGED_DATA =
      List.of(
          "could not read file \"global/pg_control\"",
          "incorrect checksum in control file",
          "could not locate a valid checkpoint record",
          "invalid checkpoint record",
          "is not a valid data directory",
          "node ID not found in",
          "InconsistentClusterIdException",
          "failed to parse json file");

  Refusal ofEarlyEnd(int exitValue) {
    String text = tail();
    if (text.contains(Refusal.DISK_FULL)) {
      return Refusal.diskFull(
          name + " stopped (its log is " + log + ")", new IOException(Refusal.DISK_FULL));
    }
    if (text.contains("Address already in use") || text.contains("was already in use")) {
      return new Refusal(
          ExitCode.IN_USE,
          "%s could not take port %s, because another program uses it (its log is %s)."
              .formatted(name, takenPort(text), log));
    }
    if (DAMAGED_DATA.stream().anyMatch(text::contains)) {
      return new Refusal(
          ExitCode.DATA,
          "%s cannot read its data in %s: the files are damaged, and were left as they are. Put"
                  .formatted(name, home)
              + " back a copy of the folder, or start afresh with ./assay reset. The last lines of"
              + " %s:%n%s".formatted(log, lastLines(text)));
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

  /** A service has more ports than one, and says which. */
  private String takenPort(String text) {
    Matcher words = TAKEN_PORT.matcher(text);
    return words.find() ? words.group(1) : String.valueOf(port);
  }

  Refusal ofLateness(Duration limit) {
    return new Refusal(
        ExitCode.SOFTWARE,
        "%s was not ready after %d s and was stopped. The last lines of %s:%n%s"
            .formatted(name, limit.toSeconds(), log, lastLines(tail())));
  }

  /** A shell's convention, which Java shares: 128 + the number of the signal. */
  private static String howItEnded(int exitValue) {
    return exitValue > 128 ? "signal " + (exitValue - 128) : "exit code " + exitValue;
  }

  private String tail() {
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
        .map(LogDiagnosis::words)
        .map(line -> line.substring(0, Math.min(line.length(), SHOWN_WIDTH)))
        .map(line -> "  " + line)
        .collect(Collectors.joining(System.lineSeparator()));
  }

  /** What a structured line says, with the innermost cause; any other line as it is. */
  private static String words(String line) {
    if (!line.startsWith("{")) {
      return line;
    }
    try {
      JsonNode event = JSON.readTree(line);
      String said =
          event.path("log").path("level").asString() + " " + event.path("message").asString();
      return Stream.of(said, event.path("error").path("message").asString(), innermostCause(event))
          .filter(part -> !part.isBlank())
          .collect(Collectors.joining("; "));
    } catch (JacksonException cut) {
      return line;
    }
  }

  private static String innermostCause(JsonNode event) {
    return event
        .path("error")
        .path("stack_trace")
        .asString()
        .lines()
        .filter(trace -> trace.startsWith(CAUSE))
        .reduce("", (_, last) -> last)
        .strip();
  }
}
