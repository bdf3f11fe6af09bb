package dev.assay.marketplace.dispatch;

import dev.assay.marketplace.job.JobEnd;
import dev.assay.marketplace.matching.InHand.Hold;
import dev.assay.marketplace.matching.OpenJob;
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
sealed interface Notice {
  /** Whether somebody waits for it; else it goes with what is told next. */
  default boolean isUrgent() {
    return switch (this) {
      case Joined _, Waiting _, Cancelled _, Following _, Said _ -> true;
      case Leased _, AttemptOver _, Ended _ -> false;
    };
  }

  /** There is one more of us. */
  record Joined() implements Notice {}

  /**
   * A job for which no worker waits where it is.
   *
   * @param attempt that is to be made at it
   */
  record Waiting(JobId job, Digest model, int attempt) implements Notice {
    static Waiting of(OpenJob open) {
      return new Waiting(open.job().id(), open.job().modelDigest(), open.attempt());
    }
  }

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

  /** It has it no longer; not told of a job that has its end with it. */
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

  /**
   * How, is in the database. Whoever had it in hand has it no longer.
   *
   * @param attempt whose result it is; 0 if it has none
   */
  record Ended(JobId job, int attempt) implements Notice {
    static Ended of(JobEnd end) {
      return new Ended(end.job(), end instanceof JobEnd.Attested attested ? attested.attempt() : 0);
    }
  }

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
