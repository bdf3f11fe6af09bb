package dev.assay.agent.cli;

import dev.assay.agent.hardware.BatteryRule;
import dev.assay.agent.work.Schedule;
import dev.assay.keystore.PrivateFiles;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.content.UnitPrice;
import dev.assay.protocol.wire.OfferBook;
import dev.assay.protocol.wire.WorkerOffer;
import java.io.IOException;
import java.io.Reader;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The settings of one worker, as {@link Setting} says. What is missing or malformed is told in one
 * sentence that names where it came from.
 */
final class Settings {
  static final String FILE = "worker.properties";

  private static final WalletAddress NOBODY = WalletAddress.ZERO;
  private static final int MAX_GRACE_SECONDS = 3600;

  private final Path home;
  private final Map<Setting, Given> given;

  /** A value and where it came from, for the sentence that refuses it. */
  record Given(String value, String source) {}

  private Settings(Path home, Map<Setting, Given> given) {
    this.home = home;
    this.given = new EnumMap<>(given);
  }

  /**
   * @param flags what the command line gave
   * @throws CommandFailure with {@link ExitCode#CONFIGURATION}
   */
  static Settings resolve(
      Map<Setting, String> flags,
      @Nullable String homeFlag,
      Map<String, String> environment,
      Path userHome) {
    Path home = home(homeFlag, environment, userHome);
    Properties file = read(home.resolve(FILE));
    Map<Setting, Given> given = new EnumMap<>(Setting.class);
    for (Setting setting : Setting.values()) {
      pick(setting, flags, environment, file, home).ifPresent(value -> given.put(setting, value));
    }
    return new Settings(home, given);
  }

  static Path home(@Nullable String flag, Map<String, String> environment, Path userHome) {
    if (flag != null) {
      return directory("--home", flag);
    }
    if (environment.containsKey("ASSAY_WORKER_HOME")) {
      return directory("ASSAY_WORKER_HOME", environment.get("ASSAY_WORKER_HOME"));
    }
    // Blank is as good as not set, as it is to the launcher.
    String all = environment.getOrDefault("ASSAY_HOME", "");
    Path market = all.isBlank() ? userHome.resolve(".assay") : directory("ASSAY_HOME", all);
    return market.resolve("worker");
  }

  private static Path directory(String source, String given) {
    if (given.isBlank()) {
      throw refused("%s is empty; give a directory.", source);
    }
    try {
      return Path.of(given).toAbsolutePath().normalize();
    } catch (InvalidPathException e) {
      throw refused("%s is not the name of a directory on this system.", source);
    }
  }

  /** Keeps a value in the file of a home, after it was looked at. */
  static void set(Path home, Setting setting, String value) throws IOException {
    Settings tried =
        new Settings(home, Map.of(setting, new Given(value, "The value of " + setting.key())));
    tried.check(setting);
    Path file = home.resolve(FILE);
    read(file);
    List<String> lines = new ArrayList<>();
    String line = setting.key() + "=" + value.replace("\\", "\\\\");
    boolean isThere = false;
    for (String old : Files.exists(file) ? Files.readAllLines(file) : List.<String>of()) {
      boolean isOurs = old.strip().matches(setting.key() + "\\s*[=:].*");
      if (!isOurs) {
        lines.add(old);
      } else if (!isThere) {
        lines.add(line);
        isThere = true;
      }
    }
    if (!isThere) {
      lines.add(line);
    }
    Files.createDirectories(home);
    PrivateFiles.replace(file, (String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8));
  }

  Path home() {
    return home;
  }

  /** Where a value came from, and the value; empty if it has none. */
  Optional<Given> raw(Setting setting) {
    return Optional.ofNullable(given.get(setting));
  }

  /** Absolute, {@code http} or {@code https}, with a host and nothing after the path. */
  URI market() {
    return parsed(Setting.MARKET, value -> url(value).orElseThrow(IllegalArgumentException::new));
  }

  Optional<WalletAddress> worker() {
    return raw(Setting.WORKER).map(Settings::worker);
  }

  String region() {
    return parsed(Setting.REGION, value -> new OfferBook(value, List.of()).region());
  }

  int concurrency() {
    return number(Setting.CONCURRENCY, 1, WorkerOffer.MAX_CONCURRENCY);
  }

  UnitPrice inputPrice() {
    return parsed(Setting.INPUT_PRICE, value -> new UnitPrice(TokenAmount.parse(value)));
  }

  UnitPrice outputPrice() {
    return parsed(Setting.OUTPUT_PRICE, value -> new UnitPrice(TokenAmount.parse(value)));
  }

  boolean embedded() {
    return flag(Setting.EMBEDDED);
  }

  boolean verifies() {
    return flag(Setting.VERIFIES);
  }

  boolean preload() {
    return flag(Setting.PRELOAD);
  }

  /** Whether to look for runtimes at the addresses where they usually are. */
  boolean looksForRuntimes() {
    return value(Setting.RUNTIME).value().equals("auto");
  }

  Optional<URI> runtime() {
    String value = value(Setting.RUNTIME).value();
    if (value.equals("auto") || value.equals("none")) {
      return Optional.empty();
    }
    return Optional.of(
        url(value)
            .orElseThrow(() ->
                refused(
                    "%s is 'auto', 'none' or the URL of a runtime such as http://127.0.0.1:11434.",
                    value(Setting.RUNTIME).source())));
  }

  Schedule schedule() {
    return parsed(Setting.SCHEDULE, Schedule::parse);
  }

  BatteryRule battery() {
    return parsed(Setting.BATTERY, BatteryRule::parse);
  }

  Duration grace() {
    return Duration.ofSeconds(number(Setting.GRACE, 0, MAX_GRACE_SECONDS));
  }

  Optional<Path> passwordFile() {
    return raw(Setting.PASSWORD_FILE).map(file -> Path.of(file.value()).toAbsolutePath());
  }

  /**
   * @throws CommandFailure if any value is malformed
   */
  void checkAll() {
    given.keySet().forEach(this::check);
  }

  private void check(Setting setting) {
    Object looked =
        switch (setting) {
          case MARKET -> market();
          case WORKER -> worker();
          case REGION -> region();
          case CONCURRENCY -> concurrency();
          case INPUT_PRICE -> inputPrice();
          case OUTPUT_PRICE -> outputPrice();
          case EMBEDDED -> embedded();
          case RUNTIME -> runtime();
          case VERIFIES -> verifies();
          case PRELOAD -> preload();
          case SCHEDULE -> schedule();
          case BATTERY -> battery();
          case GRACE -> grace();
          case PASSWORD_FILE -> passwordFile();
        };
    assert looked != null;
  }

  private Given value(Setting setting) {
    Given value = given.get(setting);
    if (value == null) {
      throw new IllegalStateException(setting + " has neither a value nor a default");
    }
    return value;
  }

  private <T> T parsed(Setting setting, Function<String, T> parser) {
    Given value = value(setting);
    try {
      return parser.apply(value.value().strip());
    } catch (IllegalArgumentException e) {
      if (setting == Setting.MARKET) {
        // The value is not repeated: it may hold a password.
        throw refused(
            "%s is not the address of a market; it must look like https://market.example or"
                + " http://127.0.0.1:8080, without user, query or fragment.",
            value.source());
      }
      throw refused("%s is not understood: %s", value.source(), e.getMessage());
    }
  }

  private int number(Setting setting, int least, int most) {
    Given value = value(setting);
    if (value.value().strip().matches("[0-9]{1,6}")) {
      int number = Integer.parseInt(value.value().strip());
      if (number >= least && number <= most) {
        return number;
      }
    }
    throw refused("%s is a whole number from %d to %d.", value.source(), least, most);
  }

  private boolean flag(Setting setting) {
    Given value = value(setting);
    return switch (value.value().strip()) {
      case "true" -> true;
      case "false" -> false;
      default -> throw refused("%s is 'true' or 'false'.", value.source());
    };
  }

  private static Optional<Given> pick(
      Setting setting,
      Map<Setting, String> flags,
      Map<String, String> environment,
      Properties file,
      Path home) {
    if (flags.containsKey(setting)) {
      return Optional.of(new Given(flags.get(setting), setting.flag()));
    }
    if (environment.containsKey(setting.variable())) {
      return Optional.of(new Given(environment.get(setting.variable()), setting.variable()));
    }
    String value = file.getProperty(setting.key());
    if (value != null) {
      return Optional.of(new Given(value, "'" + setting.key() + "' in " + home.resolve(FILE)));
    }
    String initial = setting.initial();
    return initial == null ? Optional.empty() : Optional.of(new Given(initial, "the default"));
  }

  private static Properties read(Path file) {
    Properties properties = new Properties();
    if (!Files.exists(file)) {
      return properties;
    }
    try (Reader reader = Files.newBufferedReader(file)) {
      properties.load(reader);
    } catch (IOException e) {
      throw refused("%s cannot be read as UTF-8 text (%s).", file, e);
    } catch (IllegalArgumentException e) {
      throw refused("%s has a malformed \\u escape.", file);
    }
    properties.stringPropertyNames().stream()
        .filter(key -> Setting.named(key).isEmpty())
        .sorted()
        .findFirst()
        .ifPresent(unknown -> {
          throw refused(
              "%s has the unknown key '%s'; there are only %s.", file, unknown, Setting.keys());
        });
    return properties;
  }

  private static Optional<URI> url(String text) {
    URI uri;
    try {
      uri = new URI(text.strip());
    } catch (URISyntaxException e) {
      return Optional.empty();
    }
    String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
    boolean isPlain =
        (scheme.equals("http") || scheme.equals("https"))
            && uri.getHost() != null
            && uri.getPort() != 0
            && uri.getPort() <= 65535
            && uri.getUserInfo() == null
            && uri.getQuery() == null
            && uri.getFragment() == null;
    return isPlain ? Optional.of(uri) : Optional.empty();
  }

  private static WalletAddress worker(Given given) {
    WalletAddress wallet;
    try {
      wallet = new WalletAddress(given.value().strip());
    } catch (IllegalArgumentException e) {
      throw refused(
          "%s is not a wallet address; it must be 0x and 40 hexadecimal digits.", given.source());
    }
    if (wallet.equals(NOBODY)) {
      throw refused(
          "%s is the zero address, which nobody owns: what it earns is lost.", given.source());
    }
    return wallet;
  }

  private static CommandFailure refused(String sentence, @Nullable Object... values) {
    return new CommandFailure(ExitCode.CONFIGURATION, sentence.formatted(values));
  }
}
