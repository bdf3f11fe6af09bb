package dev.assay.agent.cli;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Everything that can be set. Each comes from the first of: flag, environment variable, {@code
 * worker.properties} in the home, default. No secret is among them: passwords are in files.
 */
enum Setting {
  MARKET("market", "http://127.0.0.1:8080", "Where the market answers."),
  WORKER("worker", null, "The staked wallet that is paid; the market must say the same."),
  REGION("region", "local", "Where this machine is, such as eu or us-east."),
  CONCURRENCY("concurrency", "2", "Jobs at a time, 1 to 64."),
  INPUT_PRICE("input-price", "20000", "Atomic units of the token for a million input tokens."),
  OUTPUT_PRICE("output-price", "60000", "Atomic units of the token for a million output tokens."),
  EMBEDDED("embedded", "true", "Whether to run all-minilm-l6-v2 in this process."),
  RUNTIME("runtime", "auto", "URL of an OpenAI-compatible runtime; auto looks for one, none not."),
  VERIFIES("verifies", "true", "Whether it may be drawn to check others, as jobs like any."),
  PRELOAD("preload", "false", "Whether to load models at the start, not with the first job."),
  SCHEDULE("schedule", "always", "Hours to work, such as 22:00-07:00 or mon-fri 18:00-08:00."),
  BATTERY("battery", "never", "Work on battery: never, always, or thresholds such as 40-60."),
  GRACE("grace", "20", "Seconds that jobs may go on when the worker is stopped."),
  PASSWORD_FILE("password-file", null, "File with the keystore's password.");

  private final String key;
  private final @Nullable String initial;
  private final String words;

  Setting(String key, @Nullable String initial, String words) {
    this.key = key;
    this.initial = initial;
    this.words = words;
  }

  static Optional<Setting> named(String key) {
    return Arrays.stream(values()).filter(setting -> setting.key.equals(key)).findFirst();
  }

  static String keys() {
    return Arrays.stream(values()).map(Setting::key).collect(Collectors.joining(", "));
  }

  /** In the file and in {@code config}. */
  String key() {
    return key;
  }

  String flag() {
    return "--" + key;
  }

  String variable() {
    return "ASSAY_" + name();
  }

  @Nullable String initial() {
    return initial;
  }

  String words() {
    return words;
  }
}
