package dev.assay.quickstart;

import dev.assay.quickstart.bench.Report;
import dev.assay.quickstart.stack.Checkout;
import dev.assay.quickstart.stack.ExitCode;
import dev.assay.quickstart.stack.Refusal;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Settlement killed at every named point, under every blow: the tests' matrix, all of it. */
@Command(
    name = "crash",
    mixinStandardHelpOptions = true,
    description = {
      "Kills settlement at every crash point, with a blow to what it stands on before it is started"
          + " again, and asks whether all was done once and ledger and chain are equal.",
      "Runs the build's own tests (needs Maven and the sources); half an hour and more."
    })
final class BenchCrash implements Callable<Integer> {
  private static final int POINTS = 20;

  @Mixin private BenchOptions options = new BenchOptions();

  @Option(
      names = "--cells",
      defaultValue = "",
      paramLabel = "REGEX",
      description = "only those, such as 'send-after|reorganisation'")
  private String wanted = "";

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before call()
  private CommandSpec spec;

  @Override
  public Integer call() throws IOException, InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    Path checkout = Checkout.find();
    Path results = checkout.resolve("settlement/target/crash-matrix.txt");
    Files.deleteIfExists(results);
    Path log = Files.createTempFile("assay-bench-crash-", ".log");
    int code = runTests(checkout, log);
    if (!Files.isRegularFile(results)) {
      throw new Refusal(
          ExitCode.SOFTWARE, "The tests of the matrix did not run; what Maven said is in " + log);
    }
    List<String> cells = Files.readAllLines(results);
    List<String> failed = cells.stream().filter(line -> !line.startsWith("ok ")).toList();
    long points = cells.stream().map(line -> line.split(" ", 4)[2]).distinct().count();
    var report = new Report("settlement killed, struck and started again");
    report.add("cells", cells.size(), "");
    report.atLeast("F15", "cells ok", cells.size() - failed.size(), "", cells.size());
    if (wanted.isEmpty()) {
      report.atLeast("F15", "crash points", points, "", POINTS);
      report.atMost("F15", "other tests of the matrix that failed", code == 0 ? 0 : 1, "", 0);
    }
    report.print(out, options.json());
    if (!options.json()) {
      failed.forEach(line -> out.println("  " + line));
      out.printf("%d / %d%n", cells.size() - failed.size(), cells.size());
      out.flush();
    }
    return !failed.isEmpty() || options.strict() && report.isMissed() ? 1 : 0;
  }

  private int runTests(Path checkout, Path log) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                "mvn",
                "-q",
                "-B",
                "-pl",
                "settlement",
                "-am",
                "test",
                "-Dtest=CrashMatrixModuleTests",
                "-Dsurefire.failIfNoSpecifiedTests=false",
                "-Dassay.crash-matrix=all"));
    if (!wanted.isEmpty()) {
      command.add("-Dassay.crash-cells=" + wanted);
    }
    Process maven =
        new ProcessBuilder(command)
            .directory(checkout.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      return maven.waitFor();
    } finally {
      maven.destroy();
    }
  }
}
