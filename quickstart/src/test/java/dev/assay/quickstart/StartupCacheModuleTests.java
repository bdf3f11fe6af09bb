package dev.assay.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.quickstart.stack.ChildSpec;
import dev.assay.quickstart.stack.Home;
import dev.assay.quickstart.stack.JvmCommand;
import dev.assay.quickstart.stack.Readiness;
import dev.assay.quickstart.stack.StopSignal;
import dev.assay.quickstart.stack.testing.Processes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Caches are of a checkout, and several markets may start from one, each in a home of its own. */
class StartupCacheModuleTests {
  /** Ready once both markets have begun; writes what it was asked to when it is stopped. */
  private static final String TRAINING =
      """
      echo run >>"$1/runs"
      trap 'echo cache >"${2#*=}"; exit 0' TERM
      while [ ! -e "$1/first" ] || [ ! -e "$1/second" ]; do sleep 0.02; done
      : >"$3/ready"
      while :; do sleep 0.02; done
      """;

  @TempDir Path folder;

  @Test
  void of_two_that_start_at_once_one_makes_the_cache_and_the_other_takes_it() throws Exception {
    Path target = Files.createDirectories(folder.resolve("settlement/target"));
    Files.createFile(target.resolve("settlement-1.jar"));
    Files.writeString(target.resolve("classpath"), target.resolve("settlement-1.jar").toString());

    Process first = start("first");
    Process second = start("second");

    assertThat(said(first)).isEqualTo("made true");
    assertThat(said(second)).isEqualTo("made true");
    assertThat(folder.resolve("runs")).hasContent("run");
    assertThat(StartupCache.of(folder).has(Service.SETTLEMENT, folder)).isTrue();
  }

  private Process start(String name) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                JvmCommand.currentClassPath(),
                StartupCacheModuleTests.class.getName(),
                folder.toString(),
                name));
    return Processes.start(new ProcessBuilder(command).redirectErrorStream(true));
  }

  private static String said(Process process) throws IOException {
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
  }

  /** A market that starts, as far as its cache goes. */
  public static void main(String[] arguments) throws IOException {
    Path checkout = Path.of(arguments[0]);
    var cache = StartupCache.of(checkout);
    try (Home home = Home.open(checkout.resolve("home-" + arguments[1]), "a test")) {
      Files.createFile(checkout.resolve(arguments[1]));
      var training =
          new ChildSpec(
              "training",
              List.of(
                  "/bin/sh",
                  "-c",
                  TRAINING,
                  "sh",
                  checkout.toString(),
                  cache.trainingOptions(Service.SETTLEMENT, checkout).getFirst(),
                  home.toString()),
              0,
              Map.of(),
              StopSignal.TERM,
              Readiness.whenExists(home.resolve("ready")),
              Duration.ofSeconds(60));
      System.out.println("made " + cache.make(Service.SETTLEMENT, checkout, home, training));
    }
  }
}
