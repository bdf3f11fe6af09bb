package dev.assay.quickstart.stack;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;

/**
 * Why something on this machine cannot be started: one clear sentence that names the thing and the
 * fix. It is meant for the person at the terminal, who needs no stack trace.
 */
public final class Refusal extends RuntimeException {
  /** What every C library calls ENOSPC, and so every server in its log. */
  static final String DISK_FULL = "No space left on device";

  private static final long serialVersionUID = 1L;

  private final ExitCode exitCode;

  public Refusal(ExitCode exitCode, String sentence) {
    super(sentence);
    this.exitCode = exitCode;
  }

  public Refusal(ExitCode exitCode, String sentence, Throwable cause) {
    super(sentence, cause);
    this.exitCode = exitCode;
  }

  public ExitCode exitCode() {
    return exitCode;
  }

  /** Says in the user's words why {@code deed} (for example {@code create /x}) failed. */
  public static Refusal because(String deed, IOException cause) {
    String reason = reasonOf(cause);
    if (reason.contains(DISK_FULL)) {
      return diskFull("Cannot " + deed, cause);
    }
    if (cause instanceof AccessDeniedException || reason.contains("Operation not permitted")) {
      return new Refusal(
          ExitCode.NO_PERMISSION,
          "Cannot %s: no permission. Choose another folder with --home DIR or ASSAY_HOME."
              .formatted(deed),
          cause);
    }
    return new Refusal(
        ExitCode.CANNOT_CREATE,
        "Cannot %s: %s. Choose a folder that can be written with --home DIR or ASSAY_HOME."
            .formatted(deed, reason),
        cause);
  }

  static Refusal diskFull(String what, Throwable cause) {
    return new Refusal(
        ExitCode.IO,
        "%s: the disk is full. Free some space, or choose another disk with --home DIR."
            .formatted(what),
        cause);
  }

  private static String reasonOf(IOException cause) {
    if (cause instanceof FileSystemException onFile && onFile.getReason() != null) {
      return onFile.getReason();
    }
    return cause.getMessage() == null
        ? cause.getClass().getSimpleName()
        : cause.getClass().getSimpleName() + ": " + cause.getMessage();
  }
}
