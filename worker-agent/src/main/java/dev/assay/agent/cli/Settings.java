package dev.assay.agent.cli;

import dev.assay.protocol.WalletAddress;
import java.io.IOException;
import java.io.Reader;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The settings of one worker. Each comes from the first of: flag, environment variable, {@code
 * worker.properties} in the home, default. What is missing or malformed is said in one sentence
 * that names where it came from.
 *
 * @param market absolute, {@code http} or {@code https}, with a host and nothing after the path
 */
record Settings(URI market, Path home, WalletAddress worker) {
  static final String FILE = "worker.properties";
  private static final Set<String> KEYS = Set.of("market", "worker");
  private static final String DEFAULT_MARKET = "http://127.0.0.1:8080";

  /** What the command line gave; null where it gave nothing. */
  record Flags(@Nullable String market, @Nullable String home, @Nullable String worker) {}

  /** A value and where it came from, for the sentence that refuses it. */
  private record Given(String value, String source) {}

  /**
   * @throws CommandFailure with {@link ExitCode#CONFIGURATION}
   */
  static Settings resolve(Flags flags, Map<String, String> environment, Path userHome) {
    Path home = home(flags.home(), environment, userHome);
    Properties file = read(home.resolve(FILE));
    Given market = pick(flags.market(), "--market", environment, "ASSAY_MARKET", file, home);
    Given worker = pick(flags.worker(), "--worker", environment, "ASSAY_WORKER", file, home);
    if (worker == null) {
      throw refused(
          "No worker address is set; give the wallet that is to be paid with --worker 0x…,"
              + " ASSAY_WORKER, or 'worker=0x…' in %s.",
          home.resolve(FILE));
    }
    return new Settings(
        market(market == null ? new Given(DEFAULT_MARKET, "the default") : market),
        home,
        worker(worker));
  }

  static Path home(@Nullable String flag, Map<String, String> environment, Path userHome) {
    String given = flag != null ? flag : environment.get("ASSAY_WORKER_HOME");
    if (given == null) {
      return userHome.resolve(".assay").resolve("worker");
    }
    String source = flag != null ? "--home" : "ASSAY_WORKER_HOME";
    if (given.isBlank()) {
      throw refused("%s is empty; give a directory.", source);
    }
    try {
      return Path.of(given).toAbsolutePath().normalize();
    } catch (InvalidPathException e) {
      throw refused("%s is not the name of a directory on this system.", source);
    }
  }

  private static @Nullable Given pick(
      @Nullable String flag,
      String flagName,
      Map<String, String> environment,
      String variable,
      Properties file,
      Path home) {
    if (flag != null) {
      return new Given(flag, flagName);
    }
    if (environment.containsKey(variable)) {
      return new Given(environment.get(variable), variable);
    }
    String key = flagName.substring(2);
    String value = file.getProperty(key);
    return value == null ? null : new Given(value, "'" + key + "' in " + home.resolve(FILE));
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
    Set<String> unknown = new TreeSet<>(properties.stringPropertyNames());
    unknown.removeAll(KEYS);
    if (!unknown.isEmpty()) {
      throw refused(
          "%s has the unknown key '%s'; there are only 'market' and 'worker'.",
          file, unknown.iterator().next());
    }
    return properties;
  }

  private static URI market(Given given) {
    URI uri;
    try {
      uri = new URI(given.value().strip());
    } catch (URISyntaxException e) {
      throw notAMarket(given);
    }
    String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
    boolean isPlain =
        (scheme.equals("http") || scheme.equals("https"))
            && uri.getHost() != null
            && uri.getPort() <= 65535
            && uri.getUserInfo() == null
            && uri.getQuery() == null
            && uri.getFragment() == null;
    if (!isPlain) {
      throw notAMarket(given);
    }
    return uri;
  }

  private static WalletAddress worker(Given given) {
    try {
      return new WalletAddress(given.value().strip());
    } catch (IllegalArgumentException e) {
      throw refused(
          "%s is not a wallet address; it must be 0x and 40 hexadecimal digits.", given.source());
    }
  }

  private static CommandFailure notAMarket(Given given) {
    // The value is not repeated: it may hold a password.
    return refused(
        "%s is not the address of a market; it must look like https://market.example or"
            + " http://127.0.0.1:8080, without user, query or fragment.",
        given.source());
  }

  private static CommandFailure refused(String sentence, Object... values) {
    return new CommandFailure(ExitCode.CONFIGURATION, sentence.formatted(values));
  }
}
