package dev.assay.agent.backend;

import org.jspecify.annotations.Nullable;

/** A model or its runtime failed. The message is one sentence and tells nothing of the input. */
public final class BackendFailure extends Exception {
  public BackendFailure(String sentence) {
    super(sentence);
  }

  public BackendFailure(String sentence, @Nullable Throwable cause) {
    super(sentence, cause);
  }

  /** Never missing, unlike another exception's message. */
  public String sentence() {
    return String.valueOf(getMessage());
  }
}
