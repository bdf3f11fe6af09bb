package dev.assay.marketplace.audit;

import dev.assay.marketplace.attestation.AttestedResults.Opened;
import dev.assay.marketplace.audit.Audits.Audit;
import dev.assay.marketplace.audit.Seals.SealedEpoch;
import dev.assay.protocol.Beacon;
import dev.assay.protocol.Digest;
import dev.assay.protocol.VerifierEntry;
import java.util.List;
import org.springframework.stereotype.Service;

/**
 * Who is to look at a result: a function of the beacon and the sealed verifier set, like the draw.
 * Rounds 0 to 2 are the committees that the Court draws too; from {@link Audits#SPOT} on a round
 * gives the one that looks first.
 */
@Service
class DrawVerifiers {
  private final Seals seals;
  private final Audits audits;

  DrawVerifiers(Seals seals, Audits audits) {
    this.seals = seals;
    this.audits = audits;
  }

  /** In the order of their seats, those of the worker's own profile first. */
  List<VerifierEntry> draw(Audit audit, Opened result, int round) {
    SealedEpoch epoch = seals.find(audit.epoch()).orElseThrow();
    Beacon beacon = seals.chainDraw(audit.epoch()).orElseThrow().beacon();
    Digest leaf = seals.leafOf(audit.job()).orElseThrow().row().leaf().hash();
    Digest profile = result.attested().profile().digest();
    return audits.entries(
        epoch.verifierSetRoot(),
        profile,
        beacon.committee(
            leaf,
            round,
            epoch.verifierCount(),
            audits.ofProfile(epoch.verifierSetRoot(), profile)));
  }
}
