package dev.assay.quickstart;

import dev.assay.quickstart.stack.ExitCode;
import dev.assay.quickstart.stack.Refusal;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "logs",
    mixinStandardHelpOptions = true,
    description = "Shows the end of a part's log.")
final class LogsCommand implements Callable<Integer> {
  @Mixin private HomeOption home = new HomeOption();

  @Parameters(
      arity = "0..1",
      defaultValue = "",
      paramLabel = "PART",
      description = "for example api; without it, the parts that have a log are listed")
  private String part = "";

  @Option(
      names = {"-n", "--lines"},
      defaultValue = "50",
      paramLabel = "NUMBER",
      description = "how many lines (default: ${DEFAULT-VALUE})")
  private int lines;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before call()
  private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    Path logs = home.directory().resolve("logs");
    List<String> parts = parts(logs);
    if (part.isEmpty()) {
      parts.forEach(out::println);
      return 0;
    }
    if (!parts.contains(part)) {
      throw new Refusal(
          ExitCode.USAGE,
          parts.isEmpty()
              ? "There are no logs in %s. Start it with: ./assay up".formatted(logs)
              : "There is no log of '%s'. There are: %s."
                  .formatted(part, String.join(", ", parts)));
    }
    // Logs are bounded (see ChildProcess), so reading one whole is cheap.
    List<String> all =
        new String(Files.readAllBytes(logs.resolve(part + ".log")), StandardCharsets.UTF_8)
            .lines()
            .toList();
    all.subList(Math.max(0, all.size() - Math.max(0, lines)), all.size()).forEach(out::println);
    return 0;
  }

  private static List<String> parts(Path logs) throws IOException {
    if (!Files.isDirectory(logs)) {
      return List.of();
    }
    try (var files = Files.list(logs)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".log"))
          .map(name -> name.substring(0, name.length() - ".log".length()))
          .sorted()
          .collect(Collectors.toList());
    }
  }
}
