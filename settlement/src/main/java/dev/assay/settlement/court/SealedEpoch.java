package dev.assay.settlement.court;

import dev.assay.protocol.Beacon;
import dev.assay.protocol.Domain;
import dev.assay.protocol.EpochSeal;
import dev.assay.protocol.ResultAttestation;
import dev.assay.protocol.SealLeaf;
import dev.assay.protocol.SealedLeaf;
import java.time.Instant;
import java.util.Optional;

/**
 * An epoch whose seal is final.
 *
 * @param sealedAt at the latest
 * @param beacon once that is final too
 * @param isWithheld whether it is final that there will be none
 */
public record SealedEpoch(
    EpochSeal epochSeal, Instant sealedAt, Optional<Beacon> beacon, boolean isWithheld) {
  /** Whether it is known whom it audits: no other epoch is sealed before. */
  public boolean hasEnded() {
    return beacon.isPresent() || isWithheld;
  }

  /** Why a result is not the one that a leaf of this epoch is of; nothing if it is. */
  public Optional<String> flaw(ResultAttestation result, SealedLeaf subject, Domain domain) {
    SealLeaf leaf = subject.leaf();
    if (!subject.epochSeal().equals(epochSeal)) {
      return Optional.of("its seal is not the Court's");
    }
    if (result.epoch() != epochSeal.epoch()) {
      return Optional.of("it was attested for another epoch");
    }
    if (!subject.proof().proves(leaf.hash(), epochSeal.root())) {
      return Optional.of("its leaf is not in the sealed epoch");
    }
    if (!leaf.attestation().equals(result.digest(domain))) {
      return Optional.of("the leaf is of another attestation");
    }
    return leaf.worker().equals(result.worker())
        ? Optional.empty()
        : Optional.of("the leaf names another worker");
  }
}
