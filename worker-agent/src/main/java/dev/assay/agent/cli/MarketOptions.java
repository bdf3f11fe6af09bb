package dev.assay.agent.cli;

import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options of the commands that speak with the market as the worker. */
final class MarketOptions {
  @Option(names = "--market", paramLabel = "URL", description = "Where the market answers.")
  private @Nullable String market;

  @Option(names = "--worker", paramLabel = "0x…", description = "The staked wallet that is paid.")
  private @Nullable String worker;

  @Option(
      names = "--password-file",
      paramLabel = "FILE",
      description = "Its first line opens the keystore. A password is never an option itself.")
  private @Nullable String passwordFile;

  Map<Setting, String> given() {
    Map<Setting, String> given = new EnumMap<>(Setting.class);
    put(given, Setting.MARKET, market);
    put(given, Setting.WORKER, worker);
    put(given, Setting.PASSWORD_FILE, passwordFile);
    return given;
  }

  static void put(Map<Setting, String> given, Setting setting, @Nullable String value) {
    if (value != null) {
      given.put(setting, value);
    }
  }
}
