package dev.assay.marketplace.dispatch;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.assay.marketplace.matching.InHand.Hold;
import dev.assay.protocol.Digest;
import dev.assay.protocol.JobId;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.wire.AttemptRef;
import java.time.Instant;

/**
 * What replicas tell each other. A hint and no more: any of them may get lost, and all that they
 * say can be read in the database.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "is")
@JsonSubTypes({
  @JsonSubTypes.Type(value = Notice.Joined.class, name = "joined"),
  @JsonSubTypes.Type(value = Notice.Waiting.class, name = "waiting"),
  @JsonSubTypes.Type(value = Notice.Leased.class, name = "leased"),
  @JsonSubTypes.Type(value = Notice.AttemptOver.class, name = "over"),
  @JsonSubTypes.Type(value = Notice.Cancelled.class, name = "cancelled"),
  @JsonSubTypes.Type(value = Notice.Ended.class, name = "ended"),
  @JsonSubTypes.Type(value = Notice.Following.class, name = "following"),
  @JsonSubTypes.Type(value = Notice.Said.class, name = "said")
})
sealed interface Notice {
  /** There is one more of us. */
  record Joined() implements Notice {}

  /** A job for which no worker waits where it is. */
  record Waiting(JobId job, Digest model) implements Notice {}

  /** A worker has it. */
  record Leased(
      JobId job,
      AttemptRef attempt,
      WalletAddress worker,
      Digest model,
      TokenAmount price,
      Instant deadline)
      implements Notice {
    static Leased of(LiveLease lease) {
      return new Leased(
          lease.job().id(),
          lease.ref(),
          lease.worker(),
          lease.job().modelDigest(),
          lease.proposal().price(),
          lease.deadline());
    }

    Hold hold() {
      return new Hold(job, attempt, worker);
    }
  }

  /** It has it no longer, with or without a result. */
  record AttemptOver(JobId job, AttemptRef attempt, WalletAddress worker) implements Notice {
    static AttemptOver of(LiveLease lease) {
      return new AttemptOver(lease.job().id(), lease.ref(), lease.worker());
    }

    Hold hold() {
      return new Hold(job, attempt, worker);
    }
  }

  /** Its requester wants no more. */
  record Cancelled(JobId job) implements Notice {}

  /** How, is in the database. */
  record Ended(JobId job) implements Notice {}

  /**
   * Somebody follows the job here; whoever has what it says tells it.
   *
   * @param isAnew from the beginning
   */
  record Following(JobId job, boolean isAnew) implements Notice {}

  /** A piece of an output, for those who follow it elsewhere. */
  record Said(JobId job, int attempt, long offset, String text) implements Notice {
    /** Without the text, which is the requester's own. */
    @Override
    public String toString() {
      return "Said[%s, attempt %d, offset %d]".formatted(job, attempt, offset);
    }
  }
}
