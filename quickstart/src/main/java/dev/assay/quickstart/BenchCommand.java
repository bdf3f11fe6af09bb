package dev.assay.quickstart;

import dev.assay.quickstart.stack.Checkout;
import dev.assay.quickstart.stack.ChildProcess;
import dev.assay.quickstart.stack.Home;
import dev.assay.quickstart.stack.Ports;
import dev.assay.quickstart.stack.Stack;
import dev.assay.quickstart.stack.Supervision;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    description = "Measures; prints a table.",
    subcommands = {
      BenchCommand.Startup.class,
      BenchAgent.class,
      BenchEconomics.class,
      BenchCheats.class,
      BenchTexts.class,
      BenchRedress.class,
      BenchDraw.class,
      BenchChaos.class,
      BenchKill.class,
      BenchBatches.class,
      BenchLifecycle.class,
      BenchMatch.class,
      BenchDispatch.class,
      BenchGateway.class,
      BenchParked.class,
      BenchGrowth.class,
      BenchReplicas.class,
      BenchAdmin.class,
      BenchSettle.class,
      BenchCrash.class
    })
final class BenchCommand implements Callable<Integer> {
  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before call()
  private CommandSpec spec;

  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getOut());
    return 0;
  }

  @Command(
      name = "startup",
      mixinStandardHelpOptions = true,
      description = "What each part takes to start, and all of it, in a home of its own.")
  static final class Startup implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call()
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
      PrintWriter out = spec.commandLine().getOut();
      Path checkout = Checkout.find();
      var cache = StartupCache.of(checkout);
      var noCache = new StartupCache(cache.directory().resolveSibling("no-startup-cache"));
      Path directory = Files.createTempDirectory("assay-bench-").resolve("home");
      try {
        out.println("first start in a new home, without start-up caches");
        measure(out, checkout, directory, noCache, cache);
        out.println();
        out.println("warm start: data, caches and the system's file cache are there");
        measure(out, checkout, directory, cache, cache);
      } finally {
        if (Home.isHome(directory)) {
          Home.delete(directory);
        }
        Files.deleteIfExists(directory.getParent());
      }
      return 0;
    }

    private static void measure(
        PrintWriter out, Path checkout, Path directory, StartupCache used, StartupCache made) {
      try (var supervision = Supervision.of(Home.open(directory, "assay bench startup"))) {
        long start = System.nanoTime();
        out.printf("  %-34s %9s %8s %8s%n", "part", "ready s", "CPU s", "MiB");
        var ports = MarketPorts.with(freePort());
        var market = new Market(supervision, checkout, ports, used, part -> {});
        Stack stack = market.startServers();
        out.printf("  %-34s %9.1f%n", "PostgreSQL, Kafka, EVM node", seconds(start));
        Usage total = new Usage(Duration.ZERO, 0);
        for (ChildProcess server : stack.processes()) {
          total = total.plus(row(out, server));
        }
        String worker = Service.WORKER.label();
        market.bond(worker);
        total = total.plus(row(out, "api", () -> market.startApi(stack)));
        total = total.plus(row(out, "settlement", () -> market.startSettlement(stack)));
        market.awaitBonded(worker);
        total = total.plus(row(out, "worker", () -> market.startWorker(worker)));
        out.printf(
            "  %-34s %9.1f %8.1f %8d%n",
            "all, one after the other",
            seconds(start),
            total.cpu().toMillis() / 1000.0,
            total.residentMebibytes());
        out.flush();
        new Market(supervision, checkout, ports, made, part -> {}).makeCaches(stack);
      }
    }

    private static Usage row(PrintWriter out, ChildProcess process) {
      var usage = usage(process);
      out.printf(
          "  %-34s %9s %8.1f %8d%n",
          "  " + process.name(), "", usage.cpu().toMillis() / 1000.0, usage.residentMebibytes());
      return usage;
    }

    private static Usage row(PrintWriter out, String name, Supplier<ChildProcess> begin) {
      long start = System.nanoTime();
      ChildProcess process = begin.get();
      double ready = seconds(start);
      var usage = usage(process);
      out.printf(
          "  %-34s %9.1f %8.1f %8d%n",
          name, ready, usage.cpu().toMillis() / 1000.0, usage.residentMebibytes());
      return usage;
    }

    private static Usage usage(ChildProcess process) {
      return ProcessHandle.of(process.pid()).map(Usage::of).orElseThrow();
    }

    private static int freePort() {
      return Ports.free(1).getFirst();
    }

    private static double seconds(long start) {
      return Duration.ofNanos(System.nanoTime() - start).toMillis() / 1000.0;
    }
  }
}
