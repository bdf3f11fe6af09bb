package dev.assay.marketplace.audit;

import dev.assay.marketplace.attestation.AttestedResults.Opened;
import dev.assay.marketplace.audit.Audits.Audit;
import dev.assay.protocol.Outcome;
import dev.assay.protocol.Verdict;
import dev.assay.protocol.WalletAddress;

/**
 * What the members of a committee sign that has found a result invalid: all but who signs, and
 * when.
 *
 * @param reference with whose output most of them agree
 */
record CommitteeVerdict(Audit audit, Opened accused, Opened reference) {
  Verdict of(WalletAddress verifier, long issuedAt) {
    return new Verdict(
        accused.attested().digest(),
        audit.epoch(),
        audit.round(),
        Outcome.INVALID,
        accused.signed().attestation().method(),
        reference.outputDigest(),
        reference.signed().attestation().evidenceRoot(),
        verifier,
        issuedAt);
  }
}
