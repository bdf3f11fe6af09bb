package dev.assay.agent.cli;

import dev.assay.agent.backend.BackendFailure;
import dev.assay.agent.backend.InferenceBackend;
import dev.assay.agent.backend.ServedModel;
import dev.assay.agent.key.SignOnceTable;
import dev.assay.agent.key.UnsentResults;
import dev.assay.agent.market.Market;
import dev.assay.agent.work.Catalogue;
import dev.assay.agent.work.Control;
import dev.assay.agent.work.Log;
import dev.assay.agent.work.PauseRules;
import dev.assay.agent.work.ResultPost;
import dev.assay.agent.work.WorkLoop;
import dev.assay.agent.work.WorkerHome;
import dev.assay.protocol.LocalSigner;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code up}: works for a market until stopped. */
@Command(
    name = "up",
    description = {
      "Works for a market until it is stopped (SIGTERM, Ctrl-C) or drained.",
      "Each setting is taken from its flag, else from its variable ASSAY_…, else from"
          + " worker.properties in the home; 'assay-worker config' lists them."
    },
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {
      "0:stopped or drained cleanly",
      "64:the command line is wrong",
      "73:the home cannot be made or written",
      "75:another agent runs in this home",
      "76:the market refused for good, or is not the one that this home works for",
      "78:a setting is missing or malformed, or the key cannot be opened"
    })
final class UpCommand implements Callable<Integer> {
  private static final Set<String> THIS_MACHINE = Set.of("localhost", "127.0.0.1", "[::1]");

  private final Surroundings surroundings;

  @Mixin private final HomeOptions home = new HomeOptions();
  @Mixin private final MarketOptions link = new MarketOptions();

  @Option(names = "--region", paramLabel = "NAME", description = "Such as eu or us-east.")
  private @Nullable String region;

  @Option(names = "--concurrency", paramLabel = "N", description = "Jobs at a time.")
  private @Nullable String concurrency;

  @Option(
      names = "--input-price",
      paramLabel = "UNITS",
      description = "For a million input tokens, in atomic units of the market's token.")
  private @Nullable String inputPrice;

  @Option(
      names = "--output-price",
      paramLabel = "UNITS",
      description = "For a million output tokens.")
  private @Nullable String outputPrice;

  @Option(
      names = "--runtime",
      paramLabel = "URL",
      description = "An OpenAI-compatible runtime; 'auto' looks for one, 'none' does not.")
  private @Nullable String runtime;

  @Option(
      names = "--verifies",
      paramLabel = "BOOLEAN",
      description = "Whether it may be drawn to check others' results.")
  private @Nullable String verifies;

  @Option(names = "--schedule", paramLabel = "HOURS", description = "Such as 22:00-07:00.")
  private @Nullable String schedule;

  @Option(names = "--battery", paramLabel = "RULE", description = "never, always, or 40-60.")
  private @Nullable String battery;

  @Option(
      names = "--grace",
      paramLabel = "SECONDS",
      description = "How long jobs may go on when the worker is stopped.")
  private @Nullable String grace;

  @Option(
      names = "--log",
      paramLabel = "FORMAT",
      description = "${COMPLETION-CANDIDATES}; auto is plain on a terminal. Default: auto.")
  private Format format = Format.auto;

  /** The names are what the provider types. */
  enum Format {
    auto,
    plain,
    json
  }

  UpCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Map<Setting, String> flags = link.given();
    MarketOptions.put(flags, Setting.REGION, region);
    MarketOptions.put(flags, Setting.CONCURRENCY, concurrency);
    MarketOptions.put(flags, Setting.INPUT_PRICE, inputPrice);
    MarketOptions.put(flags, Setting.OUTPUT_PRICE, outputPrice);
    MarketOptions.put(flags, Setting.RUNTIME, runtime);
    MarketOptions.put(flags, Setting.VERIFIES, verifies);
    MarketOptions.put(flags, Setting.SCHEDULE, schedule);
    MarketOptions.put(flags, Setting.BATTERY, battery);
    MarketOptions.put(flags, Setting.GRACE, grace);
    Settings settings =
        Settings.resolve(flags, home.home, surroundings.environment(), surroundings.userHome());
    settings.checkAll();
    return switch (WorkerHome.open(settings.home(), surroundings.pid())) {
      case WorkerHome.Opening.Opened(WorkerHome opened) -> {
        try (opened) {
          yield work(settings, opened);
        }
      }
      case WorkerHome.Opening.InUse inUse ->
          throw new CommandFailure(
              ExitCode.IN_USE,
              "The home %s is in use by another agent%s; stop that one or give this one its own --home."
                  .formatted(
                      inUse.directory(),
                      inUse.holder() == null ? "" : " (process " + inUse.holder() + ")"));
      case WorkerHome.Opening.Unusable unusable ->
          throw new CommandFailure(
              ExitCode.CANNOT_CREATE,
              "The home %s cannot be used (%s); give a directory that you may write with --home."
                  .formatted(unusable.directory(), unusable.why()));
    };
  }

  private int work(Settings settings, WorkerHome opened) throws InterruptedException {
    Control control = new Control(opened.directory());
    try {
      control.forgetDrain(); // first: what is asked from now on is asked of this process
    } catch (IOException e) {
      throw unusable(opened, e);
    }
    LocalSigner sessionKey = new Wallets(surroundings, settings).unlockOrCreateSession();
    try (LogFile file = LogFile.open(opened.directory());
        StopOnSignal stop = new StopOnSignal(Thread.currentThread(), settings.grace());
        Market market =
            new Market(
                settings.market(),
                "assay-worker/" + Agent.version(),
                surroundings.clock(),
                surroundings.chance());
        Backends backends = Backends.find(settings, opened.directory());
        ResultPost post =
            new ResultPost(
                sessionKey,
                SignOnceTable.open(opened.directory().resolve("signed.log")),
                UnsentResults.open(opened.directory().resolve("unsent.jsonl")),
                surroundings.clock())) {
      Log log = log(sessionKey, file);
      warnOfPlainHttp(settings, log);
      backends.notes().forEach(log::info);
      if (settings.preload()) {
        preload(backends.all(), log);
      }
      WorkLoop loop =
          new WorkLoop(
              plan(settings),
              sessionKey,
              market,
              new Catalogue(backends.all()),
              post,
              new PauseRules(
                  control,
                  settings.schedule(),
                  settings.battery(),
                  surroundings.power(),
                  surroundings.clock(),
                  surroundings.zone()),
              opened,
              surroundings.clock(),
              surroundings.chance(),
              surroundings.pause(),
              log);
      return switch (loop.run()) {
        case WorkLoop.Ending.Stopped stopped -> ExitCode.OK;
        case WorkLoop.Ending.Refused refused ->
            throw new CommandFailure(ExitCode.REFUSED, "The market refused: " + refused.why());
      };
    } catch (IOException e) {
      throw unusable(opened, e);
    }
  }

  private static CommandFailure unusable(WorkerHome home, IOException e) {
    return new CommandFailure(
        ExitCode.CANNOT_CREATE,
        "The home %s cannot be used (%s).".formatted(home.directory(), e.getMessage()));
  }

  private WorkLoop.Plan plan(Settings settings) {
    return new WorkLoop.Plan(
        settings.market(),
        "assay-worker/" + Agent.version(),
        surroundings.pid(),
        settings.region(),
        settings.inputPrice(),
        settings.outputPrice(),
        settings.concurrency(),
        settings.verifies(),
        settings.grace(),
        settings.worker().orElse(null));
  }

  private static void preload(List<InferenceBackend> backends, Log log)
      throws InterruptedException {
    for (InferenceBackend backend : backends) {
      for (ServedModel model : backend.models()) {
        try {
          backend.load(model.digest());
        } catch (BackendFailure e) {
          log.warn("%s: %s".formatted(model.manifest().name(), e.getMessage()));
        }
      }
    }
  }

  private static void warnOfPlainHttp(Settings settings, Log log) {
    if ("http".equalsIgnoreCase(settings.market().getScheme())
        && !THIS_MACHINE.contains(settings.market().getHost())) {
      log.say(
          Log.Level.WARN,
          settings.market()
              + " is plain HTTP to another machine; anyone between can read and change it.",
          null);
    }
  }

  private Log log(LocalSigner sessionKey, LogFile file) {
    boolean plain =
        switch (format) {
          case plain -> true;
          case json -> false;
          case auto -> surroundings.isTerminal();
        };
    Log json =
        LogLines.json(surroundings.clock(), file.lines(), surroundings.pid(), sessionKey.address());
    Log shown =
        plain
            ? LogLines.plain(surroundings.clock(), surroundings.out()::println)
            : LogLines.json(
                surroundings.clock(),
                surroundings.out()::println,
                surroundings.pid(),
                sessionKey.address());
    return (level, message, trace) -> {
      shown.say(level, message, trace);
      json.say(level, message, trace);
    };
  }

  /**
   * Turns SIGTERM and SIGINT into an interrupt of the working thread, lets it finish, and ends the
   * process with code 0: a worker that was asked to stop and did has not failed.
   */
  private static final class StopOnSignal implements AutoCloseable {
    /** Beyond the grace for jobs: to hand back, to send, to close. */
    private static final Duration LAST_WORDS = Duration.ofSeconds(10);

    private final CountDownLatch finished = new CountDownLatch(1);
    private final Duration patience;
    private final Thread hook;

    StopOnSignal(Thread working, Duration grace) {
      patience = grace.plus(LAST_WORDS);
      hook = new Thread(() -> stop(working), "stop");
      Runtime.getRuntime().addShutdownHook(hook);
    }

    private void stop(Thread working) {
      working.interrupt();
      try {
        if (finished.await(patience.toMillis(), TimeUnit.MILLISECONDS)) {
          Runtime.getRuntime().halt(ExitCode.OK);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    /** The work is over; if no signal asked for that, nothing is left to stop. */
    @Override
    public void close() {
      finished.countDown();
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException shuttingDown) {
        // The hook runs already and ends the process.
      }
    }
  }
}
