package dev.assay.settlement.court;

import dev.assay.protocol.Digest;
import dev.assay.protocol.Offence;
import dev.assay.protocol.Outcome;
import dev.assay.protocol.ResultAttestation;
import dev.assay.protocol.VerdictEvidence;
import dev.assay.protocol.Vote;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.audit.Ballot;
import dev.assay.protocol.audit.Judge;
import dev.assay.protocol.audit.Ruling;
import dev.assay.protocol.chain.Call;
import dev.assay.protocol.chain.CourtContract;
import dev.assay.settlement.chain.Market;
import dev.assay.settlement.transaction.OutgoingTransactions;
import dev.assay.settlement.transaction.Purpose;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionOperations;

/** What is kept of the evidence for a case, and the transaction that it is handed over by. */
@Component
class Filings {
  private static final Logger LOG = LoggerFactory.getLogger(Filings.class);

  private final Cases cases;
  private final OutgoingTransactions outgoing;
  private final TransactionOperations transaction;
  private final CourtContract court;

  Filings(
      Cases cases,
      OutgoingTransactions outgoing,
      TransactionOperations transaction,
      Market market) {
    this.cases = cases;
    this.outgoing = outgoing;
    this.transaction = transaction;
    this.court = market.deployment().courtContract();
  }

  /** Called in a transaction. */
  void file(Digest id, Offence offence, Call call, String traceparent) {
    cases.keepEvidence(id, offence, call, traceparent);
    outgoing.planInstead(Purpose.OPEN_CASE, id.toString(), call);
  }

  /** Called in a transaction. */
  void file(Digest id, VerdictEvidence evidence, String traceparent) {
    Call call = court.verdict(evidence).call();
    cases.keepVerdict(id, evidence, call, traceparent);
    outgoing.planInstead(Purpose.OPEN_CASE, id.toString(), call);
  }

  /**
   * A verdict holds without the vote of one who has left since, or whose key has died, if enough
   * others have signed it. If not, that one may still come back.
   *
   * @return whether it is filed so; false if that one has no vote in it
   */
  boolean fileWithout(String id, WalletAddress verifier) {
    Optional<Cases.KeptVerdict> kept = cases.verdict(id);
    if (kept.isEmpty()) {
      return false;
    }
    VerdictEvidence whole = kept.get().evidence();
    VerdictEvidence rest = whole.without(verifier);
    if (rest.equals(whole) || !convicts(rest)) {
      return false;
    }
    transaction.executeWithoutResult(_ -> file(Digest.parse(id), rest, kept.get().traceparent()));
    LOG.atInfo()
        .addKeyValue("subject", id)
        .addKeyValue("verifier", verifier)
        .log("A verdict is filed without the vote of one who is gone");
    return true;
  }

  private static boolean convicts(VerdictEvidence evidence) {
    ResultAttestation result = evidence.result().attestation();
    List<Ballot> ballots =
        evidence.votes().stream()
            .map(Vote::entry)
            .map(entry ->
                new Ballot(
                    entry.verifier(),
                    entry.profileDigest().equals(result.profileDigest()),
                    Outcome.INVALID))
            .toList();
    return Judge.afterCommittee(result.worker(), ballots, evidence.round(), false)
        == Ruling.REJECTED;
  }
}
