package dev.assay.quickstart;

import dev.assay.protocol.admin.CheckLog;
import dev.assay.protocol.admin.LogHead;
import dev.assay.protocol.admin.LoggedAction;
import dev.assay.quickstart.stack.ExitCode;
import dev.assay.quickstart.stack.Refusal;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** For whoever wants to know what operators did: their log, checked. */
@Command(
    name = "audit",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = AuditCommand.Verify.class,
    description = "Checks the log of what operators did.")
final class AuditCommand {
  /** Keeps the head of what it has seen, which nobody who writes the log can change. */
  @Command(
      name = "verify",
      mixinStandardHelpOptions = true,
      description = {
        "Checks that the log of operators is one chain: nothing changed, taken out, put in, moved,"
            + " cut off or written anew.",
        "Each time it notes the head that it saw (admin/heads in the home), and holds the next log"
            + " against all that it noted; give others with --head.",
        "Exits 0 if the log holds, 65 if it does not, 69 if it cannot be had."
      })
  static final class Verify implements Callable<Integer> {
    @Mixin private HomeOption home = new HomeOption();

    @Option(
        names = "--log",
        paramLabel = "FILE",
        description =
            "as GET /api/admin/log/export answers it; default: the log of the market that runs"
                + " here")
    private @Nullable Path file;

    @Option(
        names = "--head",
        paramLabel = "N:HASH",
        description = "a head that was noted elsewhere; may be given several times")
    private List<String> given = List.of();

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call()
    private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
      List<LogHead> noted = new ArrayList<>();
      given.forEach(text -> noted.add(head(text, "--head")));
      if (file == null) {
        noted.addAll(kept());
      }
      CheckLog.Finding finding;
      try (Stream<String> lines = file == null ? running() : read(file)) {
        finding = CheckLog.of(lines.map(Verify::action).iterator(), noted);
      } catch (UncheckedIOException e) {
        throw new Refusal(ExitCode.IO, "The log cannot be read to its end: " + e.getMessage(), e);
      }
      var out = spec.commandLine().getOut();
      return switch (finding) {
        case CheckLog.Holds holds -> {
          out.printf(
              "OK    %s%n      held against %d heads that were noted%n",
              holds.words(), noted.size());
          if (file == null) {
            keep(holds.head(), noted);
          }
          yield 0;
        }
        case CheckLog.Broken broken -> {
          out.printf("FAIL  %s%n", broken.words());
          yield ExitCode.DATA.number();
        }
      };
    }

    private static LogHead head(String text, String where) {
      try {
        return LogHead.parse(text);
      } catch (IllegalArgumentException e) {
        throw new Refusal(ExitCode.USAGE, "%s: %s".formatted(where, e.getMessage()), e);
      }
    }

    private static LoggedAction action(String line) {
      try {
        return JsonMapper.shared().readValue(line, LoggedAction.class);
      } catch (JacksonException e) {
        throw new Refusal(ExitCode.DATA, "A line of the log is no row of a log.", e);
      }
    }

    private static Stream<String> read(Path file) {
      try {
        BufferedReader reader = Files.newBufferedReader(file);
        return reader.lines().onClose(() -> close(reader));
      } catch (NoSuchFileException e) {
        throw new Refusal(ExitCode.USAGE, "There is no file %s.".formatted(file), e);
      } catch (IOException e) {
        throw new Refusal(ExitCode.IO, "%s cannot be read: %s".formatted(file, e), e);
      }
    }

    private static void close(BufferedReader reader) {
      try {
        reader.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private Stream<String> running() throws InterruptedException {
      RunningMarket running =
          RunningMarket.in(home.directory())
              .orElseThrow(() ->
                  new Refusal(
                      ExitCode.UNAVAILABLE,
                      "Nothing runs in %s. Start it with ./assay up, or give --log FILE."
                          .formatted(home.directory())));
      URI log =
          URI.create(Objects.requireNonNull(running.addresses().get("api")))
              .resolve("/api/admin/log/export");
      String token =
          new DevelopmentIssuer(home.directory())
              .token("assay-audit-verify", List.of("viewer"), Duration.ofMinutes(5));
      var request =
          HttpRequest.newBuilder(log)
              .timeout(Duration.ofSeconds(30))
              .header("authorization", "Bearer " + token)
              .build();
      try {
        var answer = HttpClient.newHttpClient().send(request, BodyHandlers.ofLines());
        if (answer.statusCode() == 200) {
          return answer.body();
        }
        throw new Refusal(
            ExitCode.UNAVAILABLE, "The API answers %d to %s.".formatted(answer.statusCode(), log));
      } catch (IOException e) {
        throw new Refusal(ExitCode.UNAVAILABLE, "The API does not answer: %s".formatted(e), e);
      }
    }

    private Path heads() {
      return home.directory().resolve("admin/heads");
    }

    private List<LogHead> kept() {
      try {
        return Files.exists(heads())
            ? Files.readAllLines(heads()).stream()
                .map(line -> head(line, heads().toString()))
                .toList()
            : List.of();
      } catch (IOException e) {
        throw new Refusal(ExitCode.IO, "%s cannot be read: %s".formatted(heads(), e), e);
      }
    }

    private void keep(LogHead head, List<LogHead> noted) {
      if (noted.contains(head)) {
        return;
      }
      try {
        Files.createDirectories(heads().getParent());
        Files.write(
            heads(),
            (head + "\n").getBytes(StandardCharsets.UTF_8),
            StandardOpenOption.CREATE,
            StandardOpenOption.APPEND);
      } catch (IOException e) {
        throw new Refusal(ExitCode.IO, "%s cannot be written: %s".formatted(heads(), e), e);
      }
    }
  }
}
