package dev.assay.agent.cli;

import dev.assay.agent.market.Market;
import dev.assay.agent.market.Reachability;
import dev.assay.agent.work.WorkerHome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code doctor}: looks at everything that {@code up} needs, and says how to mend it. */
@Command(
    name = "doctor",
    description = "Checks what 'up' needs; each line says OK, WARN or FAIL, and how to mend it.",
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {
      "0:nothing fails",
      "69:at least one check fails",
      "78:a setting is missing or malformed"
    })
final class DoctorCommand implements Callable<Integer> {
  private static final int OLDEST_JAVA = 25;
  private static final Duration TOLERATED_SKEW = Duration.ofSeconds(30);

  private final Surroundings surroundings;

  @Option(names = "--market", paramLabel = "URL", description = "Where the market answers.")
  private @Nullable String market;

  @Option(names = "--home", paramLabel = "DIR", description = "This worker's own directory.")
  private @Nullable String home;

  @Option(names = "--worker", paramLabel = "0x…", description = "The wallet that is to be paid.")
  private @Nullable String worker;

  private enum Grade {
    OK,
    WARN,
    FAIL
  }

  /**
   * One line of the report.
   *
   * @param fix what to do about it; empty when it is fine
   */
  private record Finding(Grade grade, String what, String fix) {
    @Override
    public String toString() {
      return "%-4s  %s%s".formatted(grade, what, fix.isEmpty() ? "" : " — " + fix);
    }
  }

  DoctorCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() throws InterruptedException {
    Settings settings =
        Settings.resolve(
            new Settings.Flags(market, home, worker),
            surroundings.environment(),
            surroundings.userHome());
    List<Finding> findings =
        List.of(lookAtJava(), lookAtHome(settings.home()), lookAtMarket(settings));
    findings.forEach(surroundings.out()::println);
    boolean fails = findings.stream().anyMatch(finding -> finding.grade() == Grade.FAIL);
    return fails ? ExitCode.UNAVAILABLE : ExitCode.OK;
  }

  private static Finding lookAtJava() {
    int found = Runtime.version().feature();
    return found >= OLDEST_JAVA
        ? ok("Java " + found)
        : new Finding(Grade.FAIL, "Java " + found, "install a JDK " + OLDEST_JAVA + " or newer");
  }

  private static Finding lookAtHome(Path home) {
    Path existing = home;
    while (existing != null && !Files.exists(existing)) {
      existing = existing.getParent();
    }
    if (existing == null || !Files.isDirectory(existing) || !Files.isWritable(existing)) {
      return new Finding(
          Grade.FAIL,
          "home " + home + " cannot be written",
          "give a directory that you may write with --home");
    }
    try {
      return WorkerHome.isInUse(home)
          ? new Finding(
              Grade.WARN, "home " + home + " is in use", "'assay-worker status' says by whom")
          : ok("home " + home + " is writable and free");
    } catch (IOException e) {
      return new Finding(
          Grade.FAIL, "home " + home + " cannot be read (" + e + ")", "check its owner and mode");
    }
  }

  private Finding lookAtMarket(Settings settings) throws InterruptedException {
    try (Market link = new Market(settings.market(), surroundings.clock())) {
      return switch (link.probe()) {
        case Reachability.Reachable(Duration ahead)
            when ahead != null && ahead.abs().compareTo(TOLERATED_SKEW) > 0 ->
            new Finding(
                Grade.WARN,
                "market %s answers, but this clock is %d s off"
                    .formatted(settings.market(), ahead.abs().toSeconds()),
                "set this machine's clock by NTP");
        case Reachability.Reachable reachable -> ok("market " + settings.market() + " answers");
        case Reachability.NotAMarket(int status) ->
            new Finding(
                Grade.WARN,
                "%s answers HTTP %d, but not like a market".formatted(settings.market(), status),
                "check --market");
        case Reachability.Unreachable(String why) ->
            new Finding(
                Grade.FAIL,
                "market " + settings.market() + ": " + why,
                "start it, or check --market, name service and firewall");
      };
    }
  }

  private static Finding ok(String what) {
    return new Finding(Grade.OK, what, "");
  }
}
