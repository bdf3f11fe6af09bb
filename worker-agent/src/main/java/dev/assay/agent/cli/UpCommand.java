package dev.assay.agent.cli;

import dev.assay.agent.market.Market;
import dev.assay.agent.work.PollLoop;
import dev.assay.agent.work.WorkerHome;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code up}: asks the market for work until stopped. */
@Command(
    name = "up",
    description = {
      "Asks the market for work until it is stopped (SIGTERM, Ctrl-C).",
      "Each setting is taken from its flag, else from ASSAY_MARKET, ASSAY_WORKER_HOME,"
          + " ASSAY_WORKER, else from worker.properties in the home."
    },
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {
      "0:stopped cleanly",
      "64:the command line is wrong",
      "73:the home cannot be made or written",
      "75:another agent runs in this home",
      "76:the market refused for good",
      "78:a setting is missing or malformed"
    })
final class UpCommand implements Callable<Integer> {
  private static final Logger LOG = Logger.getLogger(UpCommand.class.getName());
  private static final Set<String> THIS_MACHINE = Set.of("localhost", "127.0.0.1", "[::1]");

  private final Surroundings surroundings;

  @Option(names = "--market", paramLabel = "URL", description = "Where the market answers.")
  private @Nullable String market;

  @Option(names = "--home", paramLabel = "DIR", description = "This worker's own directory.")
  private @Nullable String home;

  @Option(names = "--worker", paramLabel = "0x…", description = "The wallet that is to be paid.")
  private @Nullable String worker;

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
  public Integer call() throws IOException {
    Settings settings =
        Settings.resolve(
            new Settings.Flags(market, home, worker),
            surroundings.environment(),
            surroundings.userHome());
    Logs.to(surroundings.out(), logFormat(settings));
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

  private int work(Settings settings, WorkerHome opened) {
    if ("http".equalsIgnoreCase(settings.market().getScheme())
        && !THIS_MACHINE.contains(settings.market().getHost())) {
      LOG.warning(
          settings.market()
              + " is plain HTTP to another machine; anyone between can read and change it.");
    }
    PollLoop.Identity identity =
        new PollLoop.Identity(
            settings.worker(),
            settings.market(),
            "assay-worker/" + Agent.version(),
            surroundings.pid());
    try (Market link = new Market(settings.market(), surroundings.clock());
        StopOnSignal stop = new StopOnSignal(Thread.currentThread())) {
      PollLoop loop =
          new PollLoop(
              identity,
              link,
              opened,
              surroundings.clock(),
              surroundings.chance(),
              surroundings.pause());
      return switch (loop.run()) {
        case PollLoop.Ending.Stopped stopped -> ExitCode.OK;
        case PollLoop.Ending.Refused refused ->
            throw new CommandFailure(ExitCode.REFUSED, "The market refused: " + refused.why());
      };
    }
  }

  private LogFormat logFormat(Settings settings) {
    boolean plain =
        switch (format) {
          case plain -> true;
          case json -> false;
          case auto -> surroundings.isTerminal();
        };
    return plain ? new LogFormat.Plain() : new LogFormat.JsonLines(settings.worker().toString());
  }

  /**
   * Turns SIGTERM and SIGINT into an interrupt of the working thread, lets it finish, and ends the
   * process with code 0: a worker that was asked to stop and did has not failed.
   */
  private static final class StopOnSignal implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 5;

    private final CountDownLatch finished = new CountDownLatch(1);
    private final Thread hook;

    StopOnSignal(Thread working) {
      hook = new Thread(() -> stop(working), "stop");
      Runtime.getRuntime().addShutdownHook(hook);
    }

    private void stop(Thread working) {
      working.interrupt();
      try {
        if (finished.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
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
