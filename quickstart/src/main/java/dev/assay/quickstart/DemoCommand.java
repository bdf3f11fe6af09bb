package dev.assay.quickstart;

import dev.assay.quickstart.demo.Screen;
import dev.assay.quickstart.stack.Checkout;
import dev.assay.quickstart.stack.ExitCode;
import dev.assay.quickstart.stack.Home;
import dev.assay.quickstart.stack.Refusal;
import dev.assay.quickstart.stack.Supervision;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The project's front door: a whole market on real input, cheats included. */
@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    description = {
      "Runs the whole market on real input: three requesters buy embeddings of real sentences from"
          + " eight worker processes, three of which cheat.",
      "The cheats are caught, judged by a committee of other workers and slashed by the contracts;"
          + " whom they harmed is made whole; everything else is paid on the chain.",
      "Exits 0 if all of that happened and nothing else did, else 1."
    })
final class DemoCommand implements Callable<Integer> {
  /** As a shell tells of a command that a signal has ended. */
  private static final int INTERRUPTED = 130;

  /** The marketplace of {@code up} is nobody's to delete. */
  private static final String MARK = "demo";

  @Mixin private HomeOption home = new HomeOption();

  @Option(
      names = "--port",
      defaultValue = "${env:ASSAY_PORT:-8080}",
      paramLabel = "NUMBER",
      description = "the API's port on 127.0.0.1 (ASSAY_PORT, else 8080)")
  private int port;

  @Option(
      names = "--jobs",
      defaultValue = "1000",
      paramLabel = "NUMBER",
      description = "how many are posted, one sentence each; default: ${DEFAULT-VALUE}")
  private int jobs;

  @Option(
      names = "--ask",
      paramLabel = "QUESTION",
      description = {
        "to be answered by the sentence that is nearest in meaning among those that were bought,"
            + " the Constitution of the United States and Assay's documents; may be given more than"
            + " once"
      })
  private List<String> questions = List.of();

  @Option(
      names = "--seed",
      defaultValue = "1",
      paramLabel = "NUMBER",
      description = "of the order in which sentences are bought; default: ${DEFAULT-VALUE}")
  private long seed;

  @Option(
      names = "--receipt",
      defaultValue = "assay-receipt.json",
      paramLabel = "FILE",
      description = "where a receipt is written to; default: ${DEFAULT-VALUE}")
  private Path receipt = Path.of("");

  @Option(names = "--json", description = "print one JSON object at the end, and nothing else")
  private boolean json;

  @Option(names = "--keep", description = "leave it running until Ctrl-C, and tell where")
  private boolean keep;

  @Option(
      names = "--runs",
      defaultValue = "1",
      paramLabel = "NUMBER",
      description = "one after the other, each with the next seed; prints a line for each")
  private int runs;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before call()
  private CommandSpec spec;

  private Path checkout = Path.of("");

  @Override
  public Integer call() throws IOException, InterruptedException, SQLException {
    if (jobs < DemoStory.FEWEST || jobs > DemoStory.MOST) {
      throw new Refusal(
          ExitCode.USAGE, "--jobs is %d to %d.".formatted(DemoStory.FEWEST, DemoStory.MOST));
    }
    if (runs < 1 || runs > 1 && (keep || json)) {
      throw new Refusal(
          ExitCode.USAGE, "--runs is 1 or more, and alone without --keep and --json.");
    }
    requireWritable(receipt.toAbsolutePath());
    checkout = Checkout.find();
    for (Service service : Service.values()) {
      service.classPath(checkout); // refused before anything is started
    }
    PrintWriter out = spec.commandLine().getOut();
    if (runs == 1) {
      return run(json ? Screen.NOBODY : Screen.of(out), seed);
    }
    int worst = 0;
    for (long i = 0; i < runs; i++) {
      worst = Math.max(worst, run(Screen.NOBODY, seed + i));
    }
    return worst;
  }

  /** Answers the exit code. */
  private int run(Screen screen, long ofSeed)
      throws IOException, InterruptedException, SQLException {
    PrintWriter out = spec.commandLine().getOut();
    var ports = MarketPorts.with(port);
    Path directory = home.directoryFor("demo");
    var supervision = Supervision.of(open(directory));
    var loss = new AtomicReference<@Nullable Refusal>();
    Thread watching = watch(supervision, loss, Thread.currentThread());
    boolean isOver = false;
    try {
      var story =
          new DemoStory(
              supervision,
              checkout,
              ports,
              screen,
              new DemoStory.Wishes(jobs, ofSeed, questions, receipt));
      DemoReport report = story.run();
      if (json) {
        out.println(report.json());
      } else if (runs > 1) {
        out.println(report.line(ofSeed));
      } else {
        screen.say(report.lines(screen));
      }
      out.flush();
      isOver = true;
      watching.interrupt();
      if (keep) {
        tellWhere(screen, story, supervision.home());
        throw supervision.awaitLoss();
      }
      return report.isAsExpected() ? 0 : 1;
    } catch (RuntimeException | IOException | SQLException | InterruptedException failure) {
      if (supervision.isClosed()) {
        // It is being stopped; what fails from then on fails for that reason.
        return isOver ? 0 : INTERRUPTED;
      }
      screen.say("The logs are in %s, until the next demo.".formatted(directory.resolve("logs")));
      if (loss.get() != null) {
        throw loss.get();
      }
      throw failure;
    } finally {
      watching.interrupt();
      supervision.close();
      if (isOver && !keep) {
        Home.delete(directory);
      }
    }
  }

  /** A process that ends by itself ends the story, which would wait for it for minutes. */
  private static Thread watch(
      Supervision supervision, AtomicReference<@Nullable Refusal> loss, Thread story) {
    return Thread.ofVirtual()
        .name("loss")
        .start(() -> {
          try {
            loss.set(supervision.awaitLoss());
            story.interrupt();
          } catch (InterruptedException over) {
            Thread.currentThread().interrupt();
          }
        });
  }

  /** A home that is new: what an earlier demo has left in it is deleted. */
  private static Home open(Path directory) throws IOException {
    if (Home.isHome(directory)) {
      if (Files.notExists(directory.resolve(MARK))) {
        throw new Refusal(
            ExitCode.DATA,
            "%s holds a market that is not a demo's, and a demo begins with nothing. Choose another"
                    .formatted(directory)
                + " folder with --home DIR.");
      }
      Home.delete(directory);
    }
    Home opened = Home.open(directory, "assay demo");
    Files.writeString(opened.resolve(MARK), "Deleted by the next ./assay demo.\n");
    return opened;
  }

  /** Tried now, and not after five minutes. */
  private static void requireWritable(Path file) {
    boolean isNew = Files.notExists(file);
    try {
      Files.newByteChannel(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE).close();
      if (isNew) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new Refusal(
          ExitCode.CANNOT_CREATE,
          "The receipt cannot be written to %s. Choose another file with --receipt FILE."
              .formatted(file),
          e);
    }
  }

  private static void tellWhere(Screen screen, DemoStory story, Home home) {
    screen.say("");
    screen.say("It goes on until Ctrl-C, and its data stays until the next demo:");
    story
        .market()
        .addresses()
        .forEach((part, address) -> screen.say("  %-15s %s".formatted(part, address)));
    screen.say("  %-15s %s".formatted("data and logs", home));
  }
}
