package dev.assay.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.agent.market.ScriptedMarket;
import dev.assay.agent.work.WorkerHome;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Command lines as a provider types them, against a real HTTP server and real directories. */
@Timeout(30)
class CommandsModuleTests {
  private static final String WALLET = "0x" + "aB".repeat(20);
  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2026-11-23T12:00:00Z"), ZoneOffset.UTC);

  private final Map<String, String> environment = new HashMap<>();

  @TempDir Path userHome;
  private Path home;

  /** How a command ended. */
  private record Ended(int code, String out, String err) {}

  @BeforeEach
  void chooseHome() {
    home = userHome.resolve("worker");
    environment.put("ASSAY_WORKER_HOME", home.toString());
  }

  @Test
  void up_works_until_it_is_stopped_and_status_tells_what_it_did() {
    try (var market = new ScriptedMarket(ScriptedMarket.isIdle())) {
      var up = run("up", "--market", market.address().toString(), "--worker", WALLET);

      assertThat(up.code()).as(up.err()).isZero();
      assertThat(up.out())
          .contains("\"message\":\"Idle: No job is open.\"", "\"traceId\":\"", "Stopped.");
      assertThat(run("status"))
          .isEqualTo(
              new Ended(
                  69,
                  "No worker runs in %s. The last one, %s, was stopped 0 s ago: It was asked to stop.\n"
                      .formatted(home, WALLET.toLowerCase(Locale.ROOT)),
                  ""));
      assertThat(run("status", "--json").out())
          .startsWith("{\"running\":false,\"status\":{")
          .contains("\"state\":\"stopped\"", "\"pollsAnswered\":1");
    }
  }

  @Test
  void a_setting_comes_from_flag_then_environment_then_file() throws IOException {
    Files.createDirectories(home);
    Files.writeString(home.resolve("worker.properties"), "worker=0x" + "11".repeat(20) + "\n");
    try (var market = new ScriptedMarket(ScriptedMarket.isIdle())) {
      environment.put("ASSAY_MARKET", market.address().toString());
      run("up");
      environment.put("ASSAY_WORKER", "0x" + "22".repeat(20));
      run("up");
      run("up", "--worker", "0x" + "33".repeat(20));

      assertThat(market.asked())
          .extracting(asked -> asked.body().substring(0, 22))
          .containsExactly(
              "{\"worker\":\"0x111111111",
              "{\"worker\":\"0x222222222",
              "{\"worker\":\"0x333333333");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "market.example",
        "ftp://market.example",
        "http://",
        "http:///leases",
        "http://market.example:0",
        "http://market.example:99999",
        "http://market.example:abc",
        "http://me:secret@market.example",
        "http://market.example/?token=secret",
        "http://market.example/#there",
        "http://market example",
      })
  void a_market_that_is_none_is_refused_without_repeating_its_secrets(String url) {
    var ended = run("up", "--worker", WALLET, "--market", url);

    assertThat(ended.code()).isEqualTo(78);
    assertThat(ended.err())
        .startsWith("--market is not the address of a market; it must look like https://")
        .doesNotContain("secret")
        .hasLineCount(1);
    assertThat(home).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource({
    "'',is not a wallet address",
    "0x1234,is not a wallet address",
    "abababababababababababababababababababab,is not a wallet address",
    "0xzbababababababababababababababababababab,is not a wallet address",
    "0x0000000000000000000000000000000000000000,is the zero address",
  })
  void a_wallet_that_is_none_is_refused(String wallet, String sentence) {
    environment.put("ASSAY_WORKER", wallet);

    var ended = run("up");

    assertThat(ended.code()).isEqualTo(78);
    assertThat(ended.err()).startsWith("ASSAY_WORKER " + sentence).hasLineCount(1);
  }

  @Test
  void a_missing_wallet_is_asked_for() {
    assertThat(run("up"))
        .isEqualTo(
            new Ended(
                78,
                "",
                ("No worker address is set; give the wallet that is to be paid with --worker 0x…,"
                        + " ASSAY_WORKER, or 'worker=0x…' in %s/worker.properties.\n")
                    .formatted(home)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"wallet=0x12", "worker=\\u00zz", "\u00ff"})
  void a_settings_file_that_is_not_understood_is_named(String line) throws IOException {
    Files.createDirectories(home);
    Files.write(home.resolve("worker.properties"), line.getBytes(StandardCharsets.ISO_8859_1));

    var ended = run("up");

    assertThat(ended.code()).isEqualTo(78);
    assertThat(ended.err()).startsWith(home.resolve("worker.properties").toString());
  }

  @Test
  void a_home_in_use_is_refused_by_name_and_process() throws IOException {
    try (AutoCloseable _ = opened()) {
      var ended = run("up", "--worker", WALLET);

      assertThat(ended)
          .isEqualTo(
              new Ended(
                  75,
                  "",
                  ("The home %s is in use by another agent (process 77); stop that one or give this"
                          + " one its own --home.\n")
                      .formatted(home)));
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void a_home_that_cannot_be_made_is_refused() throws IOException {
    Files.createFile(home);

    var ended = run("up", "--worker", WALLET);

    assertThat(ended.code()).isEqualTo(73);
    assertThat(ended.err())
        .startsWith("The home %s cannot be used (%s is not a directory)".formatted(home, home));
  }

  @Test
  void a_market_that_refuses_ends_the_agent_with_its_reason() {
    try (var market = new ScriptedMarket(ScriptedMarket.refuses(403, false))) {
      var ended = run("up", "--market", market.address().toString(), "--worker", WALLET);

      assertThat(ended.code()).isEqualTo(76);
      assertThat(ended.err()).isEqualTo("The market refused: Not now. The reason. (HTTP 403)\n");
    }
  }

  @Test
  void doctor_finds_nothing_wrong_where_nothing_is() {
    try (var market = new ScriptedMarket(ScriptedMarket.refuses(405, false))) {
      var doctor =
          run(
              Clock.systemUTC(),
              "doctor",
              "--worker",
              WALLET,
              "--market",
              market.address().toString());

      assertThat(doctor)
          .isEqualTo(
              new Ended(
                  0,
                  """
                  OK    home %s is writable and free
                  OK    market %s answers
                  """
                      .formatted(home, market.address()),
                  ""));
      assertThat(home).doesNotExist();
    }
  }

  @Test
  void doctor_tells_a_clock_that_is_off() {
    try (var market = new ScriptedMarket(ScriptedMarket.refuses(405, false))) {
      Clock slow = Clock.offset(Clock.systemUTC(), Duration.ofMinutes(-5));

      var doctor = run(slow, "doctor", "--worker", WALLET, "--market", market.address().toString());

      assertThat(doctor.code()).isZero();
      assertThat(doctor.out()).containsPattern("WARN .*this clock is (299|300|301) s off — .*NTP");
    }
  }

  @Test
  void doctor_fails_on_a_market_that_is_none_and_on_a_home_that_cannot_be() throws IOException {
    Files.createFile(home);
    try (var other = new ScriptedMarket(ScriptedMarket.says(200, "text/html", "It works"))) {
      var doctor = run("doctor", "--worker", WALLET, "--market", other.address().toString());

      assertThat(doctor.code()).isEqualTo(69);
      assertThat(doctor.out())
          .contains("FAIL  home " + home + " cannot be written — ")
          .contains("FAIL  " + other.address() + " answers HTTP 200, but not like a market — ");
    }
  }

  @Test
  void status_of_a_home_that_never_worked_says_so() {
    assertThat(run("status"))
        .isEqualTo(new Ended(69, "No worker has run in " + home + " yet.\n", ""));
    assertThat(run("status", "--json").out()).isEqualTo("{\"running\":false,\"status\":null}\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "upp", "up --marked x", "up extra", "up --log xml", "up --worker"})
  void a_wrong_command_line_is_refused_in_one_line_that_points_to_the_help(String line) {
    var ended = run(line.isEmpty() ? new String[0] : line.split(" "));

    assertThat(ended.code()).isEqualTo(64);
    assertThat(ended.err()).contains("--help'.").hasLineCount(1);
    assertThat(ended.out()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"--help", "up --help", "status --help", "doctor --help", "--version"})
  void help_and_version_are_there(String line) {
    var ended = run(line.split(" "));

    assertThat(ended.code()).isZero();
    assertThat(ended.out()).contains("assay-worker");
  }

  private AutoCloseable opened() {
    return switch (WorkerHome.open(home, 77)) {
      case WorkerHome.Opening.Opened(WorkerHome opened) -> opened;
      case WorkerHome.Opening other -> throw new AssertionError(other);
    };
  }

  private Ended run(String... arguments) {
    return run(CLOCK, arguments);
  }

  /** The first pause of {@code up} ends it, as a signal would. */
  private Ended run(Clock clock, String... arguments) {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    int code =
        Agent.run(
            new Surroundings(
                clock,
                new Random(5),
                _ -> {
                  throw new InterruptedException();
                },
                environment,
                userHome,
                42,
                false,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8)),
            arguments);
    return new Ended(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }
}
