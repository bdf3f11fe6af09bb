package dev.assay.determinism;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The one list of places at which a process can be made to die, as a power cut would. Each is
 * passed by production code with {@link #reached()}, which does nothing unless the process was
 * started with {@code -Dassay.crash-at=NAME}; then the process ends at once with code {@value
 * #EXIT_CODE}, no shutdown hook run. With {@code -Dassay.crash-when=FILE} it does so only while
 * that file exists, so that a process can first be brought to where it is to die. Tests kill at
 * every point and check that nothing is lost or done twice.
 */
public enum CrashPoint {
  API_ENROLMENT_BEFORE_COMMIT,
  API_ENROLMENT_AFTER_COMMIT,
  API_POST_BEFORE_COMMIT,
  API_POST_AFTER_COMMIT,
  API_LEASE_BEFORE_COMMIT,
  API_LEASE_AFTER_COMMIT,
  API_RESULT_BEFORE_COMMIT,
  API_RESULT_AFTER_COMMIT,
  API_INTAKE_BEFORE_COMMIT,
  API_INTAKE_AFTER_COMMIT,
  API_SEAL_AFTER_LEAVES,
  API_SEAL_BEFORE_COMMIT,
  API_DRAW_AFTER_PAGE,
  SETTLEMENT_INTAKE_BEFORE_COMMIT,
  SETTLEMENT_INTAKE_AFTER_COMMIT,
  SETTLEMENT_WATCH_BEFORE_COMMIT,
  SETTLEMENT_WATCH_AFTER_COMMIT,
  SETTLEMENT_BATCH_BEFORE_COMMIT,
  SETTLEMENT_BATCH_AFTER_COMMIT,
  SETTLEMENT_SEAL_BEFORE_COMMIT,
  SETTLEMENT_SEAL_AFTER_COMMIT,
  SETTLEMENT_DRAW_BEFORE_COMMIT,
  SETTLEMENT_DRAW_AFTER_COMMIT,
  SETTLEMENT_SIGN_BEFORE,
  SETTLEMENT_SIGN_AFTER,
  SETTLEMENT_ATTEMPT_BEFORE_COMMIT,
  SETTLEMENT_ATTEMPT_AFTER_COMMIT,
  SETTLEMENT_SEND_AFTER,
  SETTLEMENT_SEND_AFTER_RECORD,
  SETTLEMENT_MINED,
  SETTLEMENT_FINAL_BEFORE_COMMIT,
  SETTLEMENT_FINAL_AFTER_COMMIT,
  SETTLEMENT_TELL_BEFORE_COMMIT,
  SETTLEMENT_TELL_AFTER_COMMIT,
  SETTLEMENT_PUBLISH_BEFORE,
  SETTLEMENT_PUBLISH_AFTER;

  /** What a process killed with SIGKILL reports, so that nobody takes it for a tidy end. */
  public static final int EXIT_CODE = 137;

  public static final String PROPERTY = "assay.crash-at";

  public static final String WHEN = "assay.crash-when";

  private static final @Nullable CrashPoint ARMED = armed(System.getProperty(PROPERTY));
  private static final @Nullable String FILE = System.getProperty(WHEN);

  /** Dies here if this point is armed; otherwise does nothing. */
  public void reached() {
    if (this == ARMED && (FILE == null || Files.exists(Path.of(FILE)))) {
      Runtime.getRuntime().halt(EXIT_CODE);
    }
  }

  /** For example {@code api-enrolment-before-commit}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** A name that nobody passes would test nothing, so it stops the process at its start. */
  static @Nullable CrashPoint armed(@Nullable String label) {
    if (label == null || label.isEmpty()) {
      return null;
    }
    return Arrays.stream(values())
        .filter(point -> point.label().equals(label))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "No crash point is called '%s'. There are: %s."
                    .formatted(
                        label,
                        Arrays.stream(values())
                            .map(CrashPoint::label)
                            .collect(Collectors.joining(", ")))));
  }
}
