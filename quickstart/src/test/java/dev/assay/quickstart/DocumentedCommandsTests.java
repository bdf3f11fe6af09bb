package dev.assay.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.quickstart.stack.Checkout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/**
 * Whoever types a command of the documents gets what they say: it exists, with the options that
 * stand there, and a test runs it, or it says here why none does.
 */
class DocumentedCommandsTests {
  private static final Path ROOT = Checkout.find();

  private static final Pattern COMMAND = Pattern.compile("\\./assay((?: +[^`#|&\\n]+)?)");
  private static final Pattern OPTION = Pattern.compile("--[a-z][a-z-]*");

  private static final String MEASURES =
      "measures for minutes, on a machine with nothing else to do";

  /**
   * A test that runs a command, or why none does.
   *
   * @param how what of its source does it; empty for a reason
   */
  private record By(String test, String how) {
    static By reason(String words) {
      return new By(words, "");
    }
  }

  /** Commands that have commands of their own. */
  private static final Set<String> FAMILIES = Set.of("bench", "admin", "audit");

  /** By the first word, for families by the first two. */
  private static final Map<String, By> RUN =
      Map.ofEntries(
          Map.entry("", new By("LauncherTests", "run(Map.of(), LAUNCHER)")),
          Map.entry("help", new By("LauncherTests", "run(Map.of(), LAUNCHER)")),
          Map.entry("doctor", new By("LauncherTests", "\"doctor\"")),
          Map.entry("up", new By("UpAcceptanceTests", "RunningUp.start(")),
          Map.entry("status", new By("UpAcceptanceTests", "RunningUp.run(\"status\"")),
          Map.entry("reset", new By("UpAcceptanceTests", "RunningUp.run(\"reset\"")),
          Map.entry("demo", new By("DemoAcceptanceTests", "\"demo\"")),
          Map.entry("deploy", new By("DeployCommandChainTests", "\"deploy\"")),
          Map.entry("faucet", new By("BuyAcceptanceTests", "\"faucet\"")),
          Map.entry("verify", new By("VerifyCommandTests", "\"verify\"")),
          Map.entry("reconcile", new By("ReconcileChainTests", "new ReconcileCommand()")),
          Map.entry("admin token", new By("UpAcceptanceTests", "\"admin\", \"token\"")),
          Map.entry("audit verify", new By("UpAcceptanceTests", "\"audit\", \"verify\"")),
          Map.entry("backup", new By("BuyAcceptanceTests", "\"backup\"")),
          Map.entry("restore", new By("BuyAcceptanceTests", "\"restore\"")),
          Map.entry("logs", By.reason("prints the end of a file")),
          Map.entry("worker", By.reason("the agent's own commands; worker-agent tests them")),
          Map.entry("bench", new By("ChaosAcceptanceTests", "\"bench\"")),
          Map.entry("bench redress", By.reason(MEASURES)),
          Map.entry("pause", By.reason("PauseModuleTests asks the operation that it calls")),
          Map.entry("resume", By.reason("PauseModuleTests asks the operation that it calls")),
          Map.entry("bench chaos", new By("ChaosAcceptanceTests", "\"chaos\"")),
          Map.entry("bench kill", new By("ChaosAcceptanceTests", "\"kill\"")),
          Map.entry("bench batches", new By("ChaosAcceptanceTests", "\"batches\"")),
          Map.entry("bench cheats", new By("CheatsAcceptanceTests", "\"cheats\"")),
          Map.entry("bench texts", new By("CheatsAcceptanceTests", "\"texts\"")),
          Map.entry("bench draw", new By("BenchDrawTests", "new BenchDraw()")),
          Map.entry("bench economics", new By("SimulationTests", "Simulation")),
          Map.entry(
              "bench crash", By.reason("CrashMatrixModuleTests has its cells; all take an hour")),
          Map.entry("bench admin", new By("AdminListsAcceptanceTests", "\"admin\"")),
          Map.entry("bench agent", By.reason(MEASURES)),
          Map.entry("bench dispatch", By.reason(MEASURES)),
          Map.entry("bench gateway", By.reason(MEASURES)),
          Map.entry("bench growth", By.reason(MEASURES)),
          Map.entry("bench lifecycle", By.reason(MEASURES)),
          Map.entry("bench match", By.reason(MEASURES)),
          Map.entry("bench parked", By.reason(MEASURES)),
          Map.entry("bench replicas", By.reason(MEASURES)),
          Map.entry("bench settle", By.reason(MEASURES)),
          Map.entry("bench startup", By.reason(MEASURES)));

  /**
   * @param words what follows {@code ./assay}
   */
  private record Documented(Path page, String words) {
    String name() {
      List<String> parts = Arrays.asList(words.strip().split("\\s+", -1));
      return FAMILIES.contains(parts.getFirst())
              && parts.size() > 1
              && parts.get(1).matches("[a-z]+")
          ? parts.getFirst() + " " + parts.get(1)
          : parts.getFirst();
    }
  }

  @Test
  void each_is_run_by_a_test_or_says_why_not() throws IOException {
    Set<String> names =
        documented().stream().map(Documented::name).collect(Collectors.toCollection(TreeSet::new));

    assertThat(names).contains("demo", "up", "verify", "bench chaos").hasSizeGreaterThan(15);
    assertThat(RUN.keySet()).containsAll(names);
    for (String name : names) {
      By by = Objects.requireNonNull(RUN.get(name));
      if (!by.how().isEmpty()) {
        assertThat(source(by.test())).as("./assay " + name).contains(by.how());
      }
    }
  }

  @Test
  void each_has_the_options_that_stand_there() throws IOException {
    List<String> wrong = new ArrayList<>();
    for (Documented one : documented()) {
      CommandLine command = commandOf(one.name());
      if (command != null) {
        Matcher option = OPTION.matcher(one.words());
        while (option.find()) {
          if (command.getCommandSpec().findOption(option.group()) == null) {
            wrong.add(
                "%s: ./assay%s: there is no %s".formatted(one.page(), one.words(), option.group()));
          }
        }
      }
    }

    assertThat(wrong).isEmpty();
  }

  /** Nothing for those of the launcher itself and of the agent. */
  private static @Nullable CommandLine commandOf(String name) {
    CommandLine command = Quickstart.commandLine();
    for (String word : name.split(" ", -1)) {
      command = command == null ? null : command.getSubcommands().get(word);
    }
    return command;
  }

  private static List<Documented> documented() throws IOException {
    List<Documented> all = new ArrayList<>();
    try (Stream<Path> top = Files.list(ROOT);
        Stream<Path> docs = Files.walk(ROOT.resolve("docs"))) {
      for (Path page :
          Stream.concat(top, docs).filter(file -> file.toString().endsWith(".md")).toList()) {
        Matcher command = COMMAND.matcher(Files.readString(page));
        while (command.find()) {
          all.add(new Documented(ROOT.relativize(page), command.group(1)));
        }
      }
    }
    return all;
  }

  private static String source(String test) throws IOException {
    try (Stream<Path> tree = Files.walk(ROOT.resolve("quickstart/src/test"))) {
      return Files.readString(
          tree.filter(path -> path.endsWith(test + ".java")).findFirst().orElseThrow());
    }
  }
}
