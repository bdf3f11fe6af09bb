package dev.assay.agent.backend;

/** A model or its runtime failed. The message is one sentence and tells nothing of the input. */
public final class BackendFailure extends Exception {
  public BackendFailure(String sentence) {
    super(sentence);
  }

  public BackendFailure(String sentence, Throwable cause) {
    super(sentence, cause);
  }
}
