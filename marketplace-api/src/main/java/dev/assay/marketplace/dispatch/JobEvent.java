package dev.assay.marketplace.dispatch;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import dev.assay.marketplace.job.JobEnd;
import dev.assay.marketplace.job.ShownEnd;
import dev.assay.protocol.JobId;
import org.jspecify.annotations.Nullable;

/** What whoever follows a job is told, in order. */
public sealed interface JobEvent {
  /**
   * How the job is now.
   *
   * @param status as in the job itself
   * @param attempt that executes it, or had the result. With another than before, what was said so
   *     far is void: it begins anew
   * @param usage what is paid for; only with a result
   */
  @JsonInclude(Include.NON_NULL)
  record Status(
      JobId id,
      String status,
      @Nullable Integer attempt,
      JobEnd.@Nullable Usage usage,
      String because,
      @JsonIgnore boolean isEnd)
      implements JobEvent {
    static Status open(JobId id) {
      return new Status(id, "open", null, null, "", false);
    }

    static Status executing(JobId id, int attempt) {
      return new Status(id, "executing", attempt, null, "", false);
    }

    static Status of(ShownEnd end) {
      return new Status(
          end.job(),
          end.status(),
          end.result().map(JobEnd.Attested::attempt).orElse(null),
          end.result().flatMap(JobEnd.Attested::usage).orElse(null),
          end.because(),
          true);
    }
  }

  /**
   * What comes next of an output.
   *
   * @param offset where in the attempt's text it begins, in bytes of UTF-8
   */
  record Piece(int attempt, long offset, String text) implements JobEvent {
    /** Without the text, which is the requester's own. */
    @Override
    public String toString() {
      return "Piece[attempt %d, offset %d]".formatted(attempt, offset);
    }
  }
}
