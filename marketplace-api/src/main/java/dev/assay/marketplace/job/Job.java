package dev.assay.marketplace.job;

import dev.assay.protocol.Digest;
import dev.assay.protocol.Domain;
import dev.assay.protocol.JobId;
import dev.assay.protocol.JobSpec;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.content.JobKind;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * What was asked for: a fact, which nothing changes.
 *
 * @param signedId {@link JobId#of} its requester
 * @param specDigest of the protocol's {@code JobSpec}, in the court's domain
 * @param checking how its result is checked
 * @param inputUnits at most so many are billed
 * @param outputUnits at most so many are billed
 * @param traceparent the W3C trace context in which it was posted; empty if there was none
 */
public record Job(
    JobId id,
    Digest signedId,
    WalletAddress requester,
    Digest modelDigest,
    JobKind kind,
    Digest inputDigest,
    Digest specDigest,
    Checking checking,
    TokenAmount maxPrice,
    long inputUnits,
    long outputUnits,
    Tier tier,
    Wishes wishes,
    Instant deadline,
    Instant postedAt,
    Optional<UUID> apiKey,
    String traceparent) {

  /** With what follows from the rest: its name in all that is signed, and the spec's digest. */
  static Job posted(
      Domain domain,
      JobId id,
      WalletAddress requester,
      Digest modelDigest,
      JobKind kind,
      Digest inputDigest,
      Checking checking,
      TokenAmount maxPrice,
      long inputUnits,
      long outputUnits,
      Tier tier,
      Wishes wishes,
      Instant deadline,
      Instant postedAt,
      Optional<UUID> apiKey,
      String traceparent) {
    var unsigned =
        new Job(
            id,
            id.of(requester),
            requester,
            modelDigest,
            kind,
            inputDigest,
            Digest.ZERO,
            checking,
            maxPrice,
            inputUnits,
            outputUnits,
            tier,
            wishes,
            deadline,
            postedAt,
            apiKey,
            traceparent);
    return unsigned.signed(domain);
  }

  private Job signed(Domain domain) {
    return new Job(
        id,
        signedId,
        requester,
        modelDigest,
        kind,
        inputDigest,
        spec().digest(domain),
        checking,
        maxPrice,
        inputUnits,
        outputUnits,
        tier,
        wishes,
        deadline,
        postedAt,
        apiKey,
        traceparent);
  }

  /** By which two results are compared, {@code uint16}. */
  public int method() {
    return checking.method();
  }

  /** What {@link #specDigest} is of. */
  public JobSpec spec() {
    return new JobSpec(
        id.word(),
        requester,
        modelDigest,
        inputDigest,
        checking.method(),
        checking.thresholds(),
        checking.verification().workers(),
        0,
        maxPrice,
        deadline.getEpochSecond());
  }

  public boolean isOverdueAt(Instant now) {
    return !now.isBefore(deadline);
  }
}
