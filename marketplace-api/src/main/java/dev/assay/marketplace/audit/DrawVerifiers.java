package dev.assay.marketplace.audit;

import dev.assay.marketplace.attestation.AttestedResults.Opened;
import dev.assay.marketplace.audit.Audits.Audit;
import dev.assay.marketplace.audit.Seals.SealedEpoch;
import dev.assay.protocol.Beacon;
import dev.assay.protocol.Digest;
import dev.assay.protocol.VerifierEntry;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.audit.Judge;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
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

  /** The members of an audit's committee that sit for the worker's own profile. */
  Set<WalletAddress> ofProfile(Audit audit, Opened result) {
    Digest own = result.attested().profile().digest();
    return draw(audit, result, audit.round()).stream()
        .filter(entry -> entry.profileDigest().equals(own))
        .map(VerifierEntry::verifier)
        .collect(Collectors.toSet());
  }

  /**
   * Which items of a result the first verifier computes again.
   *
   * @param count of all of them
   * @return none when it is all
   */
  List<Integer> items(Audit audit, int count) {
    if (count <= Judge.ITEMS) {
      return List.of();
    }
    Beacon beacon = seals.chainDraw(audit.epoch()).orElseThrow().beacon();
    Digest leaf = seals.leafOf(audit.job()).orElseThrow().row().leaf().hash();
    return beacon.items(leaf, count, Judge.ITEMS);
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
