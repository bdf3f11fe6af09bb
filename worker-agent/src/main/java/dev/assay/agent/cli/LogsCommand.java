package dev.assay.agent.cli;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code logs}: what the worker of a home has told. */
@Command(
    name = "logs",
    description = "Shows the last lines that the worker of a home has logged.",
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {"0:shown", "69:there is no log yet", "73:it cannot be read"})
final class LogsCommand implements Callable<Integer> {
  private static final Duration LOOK = Duration.ofMillis(500);
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Surroundings surroundings;

  @Mixin private final HomeOptions home = new HomeOptions();

  @Option(
      names = {"-f", "--follow"},
      description = "Go on with new lines, until Ctrl-C.")
  private boolean follow;

  @Option(
      names = {"-n", "--lines"},
      paramLabel = "N",
      description = "How many of the last lines. Default: 50.")
  private int lines = 50;

  @Option(names = "--json", description = "As they are kept, one JSON object a line.")
  private boolean json;

  LogsCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() throws InterruptedException {
    Path directory = home.directory(surroundings);
    Path file = directory.resolve(LogFile.NAME);
    if (!Files.exists(file)) {
      throw new CommandFailure(
          ExitCode.UNAVAILABLE, "No worker has logged in %s yet.".formatted(directory));
    }
    try {
      List<String> all = Files.readAllLines(file);
      all.subList(Math.max(0, all.size() - Math.max(0, lines)), all.size()).forEach(this::show);
      if (follow) {
        follow(file);
      }
      return ExitCode.OK;
    } catch (IOException e) {
      throw new CommandFailure(
          ExitCode.CANNOT_CREATE, "%s cannot be read (%s).".formatted(file, e));
    }
  }

  private void follow(Path file) throws IOException, InterruptedException {
    long position = Files.size(file);
    while (!surroundings.out().checkError()) { // until its reader has gone
      surroundings.pause().lasting(LOOK);
      long size = Files.exists(file) ? Files.size(file) : 0;
      if (size < position) {
        position = 0; // a new file has begun
      }
      if (size > position) {
        position += showWholeLines(file, position, (int) Math.min(size - position, 1 << 20));
      }
    }
  }

  private int showWholeLines(Path file, long from, int length) throws IOException {
    byte[] bytes = new byte[length];
    try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "r")) {
      access.seek(from);
      access.readFully(bytes);
    }
    int end = length;
    while (end > 0 && bytes[end - 1] != '\n') {
      end--;
    }
    new String(bytes, 0, end, StandardCharsets.UTF_8).lines().forEach(this::show);
    return end;
  }

  private void show(String line) {
    surroundings.out().println(json ? line : inWords(line));
  }

  private static String inWords(String line) {
    try {
      JsonNode event = JSON.readTree(line);
      return "%s %-4s %s"
          .formatted(
              event.path("@timestamp").asString(""),
              event.path("log").path("level").asString(""),
              event.path("message").asString(""));
    } catch (JacksonException notOurs) {
      return line;
    }
  }
}
