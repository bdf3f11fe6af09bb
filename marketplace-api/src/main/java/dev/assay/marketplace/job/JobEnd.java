package dev.assay.marketplace.job;

import dev.assay.protocol.Digest;
import dev.assay.protocol.JobId;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import java.time.Instant;
import java.util.Optional;

/** How a job ended; there is one for each job, and no second. */
public sealed interface JobEnd {
  JobId job();

  Instant at();

  /** For example {@code attested}. */
  default String outcome() {
    return switch (this) {
      case Attested _ -> "attested";
      case Cancelled _ -> "cancelled";
      case Expired _ -> "expired";
      case Unserved _ -> "unserved";
    };
  }

  /** In words for the requester; empty where the outcome says it all. */
  String because();

  /** Tokens, or whatever the model's units are, as the worker has signed. */
  record Usage(long inputUnits, long outputUnits) {}

  /**
   * A worker's result counts.
   *
   * @param price at most the job's own limit
   * @param outputDigest of the blob that holds the result
   * @param usage what is paid for; none where it was not written down
   */
  record Attested(
      JobId job,
      Instant at,
      int attempt,
      WalletAddress worker,
      TokenAmount price,
      Digest outputDigest,
      Optional<Usage> usage)
      implements JobEnd {
    @Override
    public String because() {
      return "";
    }
  }

  /** Its requester took it back before anybody had a result. */
  record Cancelled(JobId job, Instant at) implements JobEnd {
    @Override
    public String because() {
      return "The requester cancelled it.";
    }
  }

  /** Its deadline passed first. */
  record Expired(JobId job, Instant at) implements JobEnd {
    @Override
    public String because() {
      return "Its deadline passed before a worker had a result.";
    }
  }

  /** Enough workers have tried. */
  record Unserved(JobId job, Instant at, String because) implements JobEnd {}
}
