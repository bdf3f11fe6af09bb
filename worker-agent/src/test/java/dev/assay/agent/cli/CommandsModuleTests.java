package dev.assay.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.agent.hardware.Power;
import dev.assay.agent.market.ScriptedMarket;
import dev.assay.agent.market.WorkMarket;
import dev.assay.agent.work.Pause;
import dev.assay.agent.work.WorkerHome;
import dev.assay.protocol.Domain;
import dev.assay.protocol.SessionKeyConsent;
import dev.assay.protocol.Signature;
import dev.assay.protocol.WalletAddress;
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
import java.util.Optional;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Command lines as a provider types them, against a real HTTP server and real directories. */
@Timeout(60)
class CommandsModuleTests {
  private static final String WALLET = "0x" + "aB".repeat(20);
  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2026-11-23T12:00:00Z"), ZoneOffset.UTC);

  private final Map<String, String> environment = new HashMap<>();
  private final Random chance = new Random(5);

  @TempDir Path userHome;
  private Path home;

  /** How a command ended. */
  private record Ended(int code, String out, String err) {}

  @BeforeEach
  void chooseHome() {
    home = userHome.resolve("worker");
    environment.put("ASSAY_WORKER_HOME", home.toString());
    environment.put("ASSAY_RUNTIME", "none");
    environment.put("ASSAY_EMBEDDED", "true");
  }

  @Test
  void up_works_until_it_is_stopped_and_status_tells_what_it_did() {
    try (var market = market()) {
      var up = run("up", "--market", market.address().toString(), "--worker", WALLET);

      assertThat(up.code()).as(up.err()).isZero();
      assertThat(up.out())
          .contains("\"message\":\"Idle: No job is open.\"", "\"traceId\":\"", "Stopped.");
      assertThat(up.err())
          .contains("No password was given; a random one is kept in " + home.resolve("password"))
          .contains("Made the session key 0x");
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
      assertThat(run("logs", "-n", "1").out()).isEqualTo("2026-11-23T12:00:00Z INFO Stopped.\n");
    }
  }

  @Test
  void a_setting_comes_from_flag_then_environment_then_file() throws IOException {
    Files.createDirectories(home);
    Files.writeString(home.resolve("worker.properties"), "worker=0x" + "11".repeat(20) + "\n");
    try (var market = market()) {
      environment.put("ASSAY_MARKET", market.address().toString());

      assertThat(run("up").err()).contains("not to 0x1111");
      environment.put("ASSAY_WORKER", "0x" + "22".repeat(20));
      assertThat(run("up").err()).contains("not to 0x2222");
      assertThat(run("up", "--worker", "0x" + "33".repeat(20)).err()).contains("not to 0x3333");
      assertThat(run("up", "--worker", WALLET).code()).isZero();
    }
  }

  @Test
  void a_session_key_is_made_once_and_opened_again() {
    String made = run("wallet", "new").out().strip();

    assertThat(made).matches("0x[0-9a-f]{40}");
    assertThat(run("wallet", "new"))
        .isEqualTo(
            new Ended(
                73,
                "",
                "There is a key in %s already; it is never overwritten.\n"
                    .formatted(home.resolve("session-key.json"))));
    assertThat(run("wallet", "show").out())
        .isEqualTo(
            """
            session key  %s
            owner        not known; give it with --worker 0x…
            """
                .formatted(made));
  }

  @Test
  void the_owner_is_shown_the_call_that_binds_the_session_key() {
    run("wallet", "new");
    try (var market = market()) {
      String shown =
          run("wallet", "show", "--worker", WALLET, "--market", market.address().toString()).out();

      var data = Pattern.compile("data  (0x[0-9a-f]+)").matcher(shown);
      assertThat(data.find()).isTrue();
      String key = shown.substring("session key  ".length()).lines().findFirst().orElseThrow();
      long deadline = CLOCK.instant().plus(Duration.ofDays(7)).getEpochSecond();
      var signature = Pattern.compile("%d (0x[0-9a-f]{130})".formatted(deadline)).matcher(shown);
      assertThat(signature.find()).isTrue();
      var consent =
          new SessionKeyConsent(new WalletAddress(WALLET), new WalletAddress(key), deadline);
      var domain = new Domain(31337, new WalletAddress("0x" + "57".repeat(20)));
      assertThat(Signature.parse(signature.group(1)).isBy(consent.key(), consent, domain)).isTrue();
      assertThat(data.group(1)).contains(key.substring(2));
      assertThat(shown).contains("to    0x" + "57".repeat(20), "on chain 31337");
    }
  }

  @Test
  void a_key_is_taken_from_a_file_of_digits_and_from_another_keystore() throws IOException {
    Path digits = userHome.resolve("key.hex");
    Files.writeString(
        digits, "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80\n");
    Path password = Files.writeString(userHome.resolve("password.txt"), "open sesame\n");
    environment.put("ASSAY_PASSWORD_FILE", password.toString());

    assertThat(run("wallet", "import", "--file", digits.toString()).out())
        .isEqualTo("0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266\n");
    assertThat(
            run(
                    "wallet",
                    "import",
                    "--owner",
                    "--file",
                    home.resolve("session-key.json").toString())
                .out())
        .isEqualTo("0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266\n");
    assertThat(home.resolve("password")).doesNotExist();
    assertThat(run("wallet", "import", "--file", password.toString(), "--home", home + "2").err())
        .contains("cannot be taken in");
  }

  @Test
  void a_wrong_password_is_told_and_never_shown() throws IOException {
    run("wallet", "new");
    Path password = Files.writeString(userHome.resolve("password.txt"), "hunter2\n");

    var ended = run("earnings", "--password-file", password.toString());

    assertThat(ended.code()).isEqualTo(78);
    assertThat(ended.err())
        .isEqualTo(
            "The key cannot be opened: The password does not open %s.\n"
                .formatted(home.resolve("session-key.json")));
  }

  @Test
  void earnings_are_told_in_the_markets_token() {
    run("wallet", "new");
    try (var market = market()) {
      environment.put("ASSAY_MARKET", market.address().toString());

      assertThat(run("earnings").out())
          .contains("pending     0.123456 tUSD", "free stake  5.000000 tUSD");
      assertThat(run("earnings", "--json").out()).contains("\"pending\":\"123456\"");
    }
  }

  @Test
  void config_keeps_a_value_and_says_where_each_comes_from() throws IOException {
    Files.createDirectories(home);
    Files.writeString(home.resolve("worker.properties"), "# mine\nregion = us\n");

    assertThat(run("config", "set", "region", "eu").code()).isZero();
    assertThat(run("config", "set", "schedule", "mon-fri 22:00-07:00").code()).isZero();

    assertThat(home.resolve("worker.properties"))
        .hasContent("# mine\nregion=eu\nschedule=mon-fri 22:00-07:00\n");
    assertThat(run("config", "get", "schedule").out()).isEqualTo("mon-fri 22:00-07:00\n");
    assertThat(run("config").out())
        .contains("('region' in " + home.resolve("worker.properties") + ")")
        .contains("none                       (ASSAY_RUNTIME)")
        .contains("(the default)");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "concurrency|0|a whole number from 1 to 64",
        "concurrency|1e3|a whole number from 1 to 64",
        "region|Europe West|region is 1 to 32",
        "input-price|-1|An amount is a decimal string",
        "schedule|9-5|A schedule is",
        "battery|60-40|thresholds are percent",
        "embedded|yes|is 'true' or 'false'",
        "runtime|localhost|is 'auto', 'none' or the URL",
        "market|ftp://x|is not the address of a market",
      })
  void a_malformed_value_is_refused_and_not_kept(String key, String value, String sentence) {
    var ended = run("config", "set", key, value);

    assertThat(ended.code()).isEqualTo(78);
    assertThat(ended.err()).contains(sentence).hasLineCount(1);
    assertThat(home.resolve("worker.properties")).doesNotExist();
  }

  @Test
  void a_pause_ends_by_itself_or_by_resume() {
    assertThat(run("pause", "--for", "2h").out()).isEqualTo("Paused until 2026-11-23T14:00:00Z.\n");
    assertThat(run("pause").out()).isEqualTo("Paused.\n");
    assertThat(run("pause", "--for", "soon").code()).isEqualTo(64);
    assertThat(run("resume").out()).isEqualTo("Resumed.\n");
    assertThat(run("resume").out()).isEqualTo("It was not paused.\n");
    assertThat(run("drain").code()).isEqualTo(69);
  }

  @Test
  void a_completion_script_names_every_command() {
    assertThat(run("completion").out())
        .contains("assay-worker", "up", "drain", "wallet", "earnings", "--password-file");
  }

  @Test
  void logs_of_a_home_without_any_are_told() {
    assertThat(run("logs"))
        .isEqualTo(new Ended(69, "", "No worker has logged in %s yet.\n".formatted(home)));
  }

  @Test
  void bench_measures_the_real_model_without_a_network() {
    var ended = run("bench", "--seconds", "1", "--concurrency", "2");

    assertThat(ended.code()).as(ended.err()).isZero();
    assertThat(ended.out()).containsPattern("texts/s +[1-9]").contains("2 callers", "ms/text");
    assertThat(ended.err()).contains("Measuring: 100 %");
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
      environment.put("ASSAY_WORKER", WALLET);
      var ended = run("up", "--market", market.address().toString(), "--worker", WALLET);

      assertThat(ended.code()).isEqualTo(76);
      assertThat(ended.err()).endsWith("The market refused: Not now. The reason. (HTTP 403)\n");
    }
  }

  @Test
  void doctor_finds_nothing_wrong_where_nothing_is() {
    run("wallet", "new");
    Clock clock = Clock.systemUTC();
    try (var market = new WorkMarket(clock, Duration.ZERO)) {
      var doctor = run(clock, "doctor", "--market", market.address().toString());

      assertThat(doctor.out())
          .isEqualTo(
              """
              OK    home %s is writable and free
              OK    all-minilm-l6-v2 loads and answers (6 tokens)
              OK    no other runtime is on this machine
              OK    session key %s opens
              OK    market %s answers
              OK    %s has 5000000 atomic units at stake
              """
                  .formatted(
                      home,
                      run("wallet", "show").out().substring(13, 55),
                      market.address(),
                      WorkMarket.OWNER));
      assertThat(doctor.code()).isZero();
    }
  }

  @Test
  void doctor_tells_a_clock_that_is_off_and_a_key_that_nobody_has_bound() {
    run("wallet", "new");
    environment.put("ASSAY_EMBEDDED", "false");
    Clock slow = Clock.offset(Clock.systemUTC(), Duration.ofMinutes(-5));
    try (var market = new WorkMarket(slow, Duration.ZERO)) {
      market.unbind();
      var doctor = run(slow, "doctor", "--market", market.address().toString());

      assertThat(doctor.code()).isEqualTo(69);
      assertThat(doctor.out())
          .containsPattern("WARN .*this clock is (29[5-9]|30[0-5]) s off — .*NTP")
          .contains("FAIL  signing in: ", "key-not-bound", "wallet show");
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
  @ValueSource(strings = {"status --watch --json", "logs --follow -n 1"})
  void what_is_shown_again_and_again_ends_with_its_reader(String line) throws IOException {
    Files.createDirectories(home);
    Files.writeString(home.resolve("agent.log"), "{\"message\":\"One.\"}\n");
    Pause next =
        _ -> {
          throw new AssertionError("its reader has gone");
        };

    var ended = run(CLOCK, next, new Head(), line.split(" "));

    assertThat(ended.out().lines()).hasSize(1);
    assertThat(ended.err()).isEmpty();
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
  @ValueSource(
      strings = {
        "--help",
        "up --help",
        "status --help",
        "doctor --help",
        "bench --help",
        "pause --help",
        "resume --help",
        "drain --help",
        "wallet --help",
        "wallet show --help",
        "config --help",
        "config set --help",
        "earnings --help",
        "logs --help",
        "completion --help",
        "--version"
      })
  void help_and_version_are_there(String line) {
    var ended = run(line.split(" "));

    assertThat(ended.code()).isZero();
    assertThat(ended.out()).contains("assay-worker");
  }

  private static WorkMarket market() {
    return new WorkMarket(CLOCK, Duration.ZERO);
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
    Pause ends =
        _ -> {
          throw new InterruptedException();
        };
    return run(clock, ends, new ByteArrayOutputStream(), arguments);
  }

  private Ended run(Clock clock, Pause pause, ByteArrayOutputStream out, String... arguments) {
    var err = new ByteArrayOutputStream();
    int code =
        Agent.run(
            new Surroundings(
                clock,
                ZoneOffset.UTC,
                chance,
                pause,
                () -> Power.MAINS,
                environment,
                userHome,
                42,
                64L << 20,
                false,
                _ -> Optional.empty(),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8)),
            arguments);
    return new Ended(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  /** A pipe whose reader goes after the first line. */
  private static final class Head extends ByteArrayOutputStream {
    @Override
    public void flush() throws IOException {
      if (size() > 0) {
        throw new IOException("Broken pipe");
      }
    }
  }
}
