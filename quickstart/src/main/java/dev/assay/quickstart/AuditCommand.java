package dev.assay.quickstart;

import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.admin.AnchoredHead;
import dev.assay.protocol.admin.CheckAnchors;
import dev.assay.protocol.admin.CheckLog;
import dev.assay.protocol.admin.LogHead;
import dev.assay.protocol.admin.LoggedAction;
import dev.assay.protocol.chain.CourtContract;
import dev.assay.protocol.chain.Reverted;
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
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
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
        "It holds the log against the heads with which epochs were sealed on chain, against those"
            + " that it noted before (admin/heads in the home), and against those given with"
            + " --head.",
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
        names = "--anchors",
        paramLabel = "FILE",
        description =
            "the heads with which epochs were sealed, as GET /api/admin/log/anchors/export answers"
                + " them; default, without --log: those of the market that runs here")
    private @Nullable Path anchorsFile;

    @Option(
        names = "--rpc",
        paramLabel = "URL",
        description =
            "a node of the chain that you trust; default, without --log: the one that runs here")
    private @Nullable URI rpc;

    @Option(
        names = "--court",
        paramLabel = "ADDRESS",
        description = "the Court that you trust; default, without --log: the one the market names")
    private @Nullable String court;

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
      CheckAnchors.Anchors anchors = anchors();
      var out = spec.commandLine().getOut();
      if (anchors.wrong().isPresent()) {
        out.printf("FAIL  %s%n", anchors.wrong().get());
        return ExitCode.DATA.number();
      }
      List<LogHead> all = new ArrayList<>(noted);
      all.addAll(anchors.heads());
      CheckLog.Finding finding;
      try (Stream<String> lines = file == null ? running("/api/admin/log/export") : read(file)) {
        finding = CheckLog.of(lines.map(Verify::action).iterator(), all);
      } catch (UncheckedIOException e) {
        throw unfinished("log", e);
      }
      return switch (finding) {
        case CheckLog.Holds holds -> {
          out.printf(
              "OK    %s%n      held against %d heads that were noted%n      %s%n",
              holds.words(), noted.size(), anchors.words());
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

    /**
     * Read before the log: what was sealed by then is in it. A file says nothing of a chain by
     * itself.
     */
    private CheckAnchors.Anchors anchors() throws InterruptedException {
      if (file != null && anchorsFile == null) {
        if (rpc != null || court != null) {
          throw new Refusal(
              ExitCode.USAGE, "--rpc and --court look at --anchors FILE; it is not given.");
        }
        return CheckAnchors.offline(Collections.emptyIterator());
      }
      if (file != null && (rpc == null) != (court == null)) {
        throw new Refusal(ExitCode.USAGE, "--rpc and --court go together.");
      }
      try (Stream<String> lines =
          anchorsFile == null ? running("/api/admin/log/anchors/export") : read(anchorsFile)) {
        Iterator<AnchoredHead> anchors = lines.map(Verify::anchor).iterator();
        if (file != null && rpc == null) {
          return CheckAnchors.offline(anchors);
        }
        URI node = rpc == null ? address("evm-node") : rpc;
        try {
          return CheckAnchors.onChain(
              anchors, new LocalChain(node), new CourtContract(trustedCourt()));
        } catch (Reverted | IllegalArgumentException e) {
          throw new Refusal(
              ExitCode.DATA, "There is no Court of a market: %s".formatted(e.getMessage()), e);
        } catch (IllegalStateException e) {
          throw new Refusal(
              ExitCode.UNAVAILABLE,
              "The node at %s does not answer as one should: %s".formatted(node, e.getMessage()),
              e);
        }
      } catch (UncheckedIOException e) {
        throw unfinished("list of heads", e);
      }
    }

    private static Refusal unfinished(String what, UncheckedIOException e) {
      return new Refusal(
          ExitCode.IO, "The %s cannot be read to its end: %s".formatted(what, e.getMessage()), e);
    }

    private WalletAddress trustedCourt() throws InterruptedException {
      if (court == null) {
        try (Stream<String> lines = running("/api/market")) {
          String market = lines.collect(Collectors.joining());
          return new WalletAddress(JsonMapper.shared().readTree(market).path("court").asString());
        }
      }
      try {
        return new WalletAddress(court);
      } catch (IllegalArgumentException e) {
        throw new Refusal(ExitCode.USAGE, "--court: %s".formatted(e.getMessage()), e);
      }
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

    private static AnchoredHead anchor(String line) {
      try {
        return JsonMapper.shared().readValue(line, AnchoredHead.class);
      } catch (JacksonException e) {
        throw new Refusal(ExitCode.DATA, "A line of --anchors is no sealed head.", e);
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

    private URI address(String part) {
      return RunningMarket.in(home.directory())
          .map(running -> URI.create(Objects.requireNonNull(running.addresses().get(part))))
          .orElseThrow(() ->
              new Refusal(
                  ExitCode.UNAVAILABLE,
                  "Nothing runs in %s. Start it with ./assay up, or give --log FILE."
                      .formatted(home.directory())));
    }

    private Stream<String> running(String path) throws InterruptedException {
      URI log = address("api").resolve(path);
      var request = HttpRequest.newBuilder(log).timeout(Duration.ofSeconds(30));
      if (path.startsWith("/api/admin/")) { // no other door knows an operator
        String token =
            new DevelopmentIssuer(home.directory())
                .token("assay-audit-verify", List.of("viewer"), Duration.ofMinutes(5));
        request.header("authorization", "Bearer " + token);
      }
      try {
        var answer = HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofLines());
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
