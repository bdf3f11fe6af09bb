package dev.assay.protocol.wire;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What became of each result of a {@link ResultBatch}, in its order. One that is refused does not
 * hold up the others.
 */
public record ResultAnswers(List<ResultAnswer> answers) {
  public ResultAnswers {
    answers = List.copyOf(answers);
  }

  /**
   * @param because in words; empty if it was accepted
   */
  public record ResultAnswer(AttemptRef attempt, Outcome outcome, String because) {}

  /** What became of a result. None of them is worth sending again. */
  public enum Outcome {
    /** It counts. */
    ACCEPTED,
    /** It counted already; this was the same again. */
    DUPLICATE,
    /** The attempt is over: its lease lapsed, was handed back, or the job was cancelled. */
    LATE,
    /** Another worker answered the job first. Nothing is held against this one. */
    SUPERSEDED,
    /** It is not what was streamed. Both are kept, and the attempt has failed. */
    DIVERGED,
    /** Another result of this attempt counts. Both signatures are kept: that is an offence. */
    CONTRADICTION,
    /** It is not what the lease asked for, or not signed by a key of the worker. */
    REFUSED;

    @JsonCreator
    public static Outcome parse(String label) {
      return Arrays.stream(values())
          .filter(outcome -> outcome.label().equals(label))
          .findFirst()
          .orElseThrow(() -> new IllegalArgumentException("There is no such outcome."));
    }

    @JsonValue
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
