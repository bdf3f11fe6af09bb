package dev.assay.marketplace.job;

import dev.assay.protocol.Digest;
import dev.assay.protocol.JobId;
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
 * @param method of verification, {@code uint16}
 * @param inputUnits at most so many are billed
 * @param outputUnits at most so many are billed
 */
public record Job(
    JobId id,
    Digest signedId,
    WalletAddress requester,
    Digest modelDigest,
    JobKind kind,
    Digest inputDigest,
    Digest specDigest,
    int method,
    TokenAmount maxPrice,
    long inputUnits,
    long outputUnits,
    Tier tier,
    Wishes wishes,
    Instant deadline,
    Instant postedAt,
    Optional<UUID> apiKey) {

  public boolean isOverdueAt(Instant now) {
    return !now.isBefore(deadline);
  }
}
