package dev.assay.settlement.court;

import dev.assay.protocol.Digest;
import dev.assay.protocol.Domain;
import dev.assay.protocol.Offence;
import dev.assay.protocol.ResultAttestation;
import dev.assay.protocol.SignedAttestation;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.chain.Call;
import dev.assay.protocol.chain.CaseState;
import dev.assay.protocol.chain.ContractError;
import dev.assay.protocol.chain.CourtContract;
import dev.assay.protocol.event.CanaryFailed;
import dev.assay.protocol.event.ContradictionFound;
import dev.assay.protocol.event.HarmFound;
import dev.assay.protocol.event.VerdictReached;
import dev.assay.settlement.chain.BlockRef;
import dev.assay.settlement.chain.ChainClient;
import dev.assay.settlement.chain.Market;
import dev.assay.settlement.intake.Intake;
import dev.assay.settlement.intake.NotYet;
import dev.assay.settlement.intake.Refused;
import dev.assay.settlement.transaction.Errand;
import dev.assay.settlement.transaction.OutgoingTransactions;
import dev.assay.settlement.transaction.Purpose;
import dev.assay.settlement.transaction.Standing;
import dev.assay.settlement.watch.Stakes;
import dev.assay.tracing.Traces;
import java.util.Set;
import org.springframework.stereotype.Service;

/**
 * Takes in evidence and has it sent to the Court. What can be told without the chain is refused
 * here; the Court judges the rest, and nobody is slashed by what this service believes.
 */
@Service
public class OpenCases implements Errand {
  /** What the Court says of evidence that will not do later either. */
  private static final Set<String> FOR_EVER =
      Set.of(
          "AcceptedAnswer",
          "Mismatch",
          "NotAscending",
          "NotEarlier",
          "NotInTree",
          "NotOnCommittee",
          "NotSelected",
          "RoundOutOfRange",
          "SameClaim",
          "TooFewOfProfile",
          "TooFewVotes",
          "TooOld");

  private static final int AT_ONCE = 100;

  private final Intake intake;
  private final Stakes stakes;
  private final Cases cases;
  private final Filings filings;
  private final Epochs epochs;
  private final OutgoingTransactions outgoing;
  private final ChainClient chain;
  private final CourtContract court;
  private final Domain domain;
  private final Traces traces;

  OpenCases(
      Intake intake,
      Stakes stakes,
      Cases cases,
      Filings filings,
      Epochs epochs,
      OutgoingTransactions outgoing,
      ChainClient chain,
      Market market,
      Traces traces) {
    this.intake = intake;
    this.stakes = stakes;
    this.cases = cases;
    this.filings = filings;
    this.epochs = epochs;
    this.outgoing = outgoing;
    this.chain = chain;
    this.court = market.deployment().courtContract();
    this.domain = market.deployment().courtDomain();
    this.traces = traces;
  }

  /**
   * @throws Refused if the two do not contradict each other
   */
  public void open(ContradictionFound event) {
    ResultAttestation first = event.first().attestation();
    ResultAttestation second = event.second().attestation();
    if (!first.worker().equals(second.worker())
        || !attempt(first).equals(attempt(second))
        || first.claim().equals(second.claim())) {
      throw new Refused("Two attestations that do not contradict each other are no evidence");
    }
    requireSigned(event.first());
    requireSigned(event.second());
    Call call = court.contradiction(event.first(), event.second()).call();
    Digest id = Offence.CONTRADICTION.caseId(first.worker(), attempt(first));
    intake.once(
        event.id(), () -> filings.file(id, Offence.CONTRADICTION, call, event.traceparent()));
  }

  public void open(CanaryFailed event) {
    ResultAttestation result = event.evidence().result().attestation();
    requireSigned(event.evidence().result());
    Call call = court.canary(event.evidence()).call();
    Digest id = Offence.CANARY.caseId(result.worker(), attempt(result));
    intake.once(event.id(), () -> filings.file(id, Offence.CANARY, call, event.traceparent()));
  }

  public void open(VerdictReached event) {
    ResultAttestation result = event.evidence().result().attestation();
    requireSigned(event.evidence().result());
    Digest id = Offence.VERDICT.caseId(result.worker(), attempt(result));
    intake.once(event.id(), () -> filings.file(id, event.evidence(), event.traceparent()));
  }

  /**
   * Names the requester whom a contradiction harmed.
   *
   * @throws Refused if it is no sealed result of what the case is about: it must not take the place
   *     of one that is
   * @throws NotYet if no seal of its epoch is final
   */
  public void compensate(HarmFound event) {
    ResultAttestation result = event.result().attestation();
    if (!event.caseId().equals(Offence.CONTRADICTION.caseId(result.worker(), attempt(result)))) {
      throw new Refused("Case %s is of another attempt".formatted(event.caseId()));
    }
    requireSigned(event.result());
    epochs
        .sealed(result.epoch())
        .orElseThrow(() -> new NotYet("Epoch %d is not sealed".formatted(result.epoch())))
        .flaw(result, event.subject(), domain)
        .ifPresent(flaw -> {
          throw new Refused("Nobody is harmed: " + flaw);
        });
    Call call = court.compensate(event.caseId(), event.result(), event.subject());
    intake.once(
        event.id(),
        () -> {
          cases.keepHarm(event.caseId(), call, event.traceparent());
          outgoing.planInstead(Purpose.COMPENSATE, event.caseId().toString(), call);
        });
  }

  /**
   * What the Court would have taken and did not when it was mined is handed over once more: its
   * simulation tells whether there is a case meanwhile, or the time for one is over.
   */
  void planReverted() {
    outgoing
        .reverted(Purpose.OPEN_CASE, AT_ONCE)
        .forEach(id -> planAgain(Purpose.OPEN_CASE, id, cases.evidence(id)));
    outgoing
        .reverted(Purpose.COMPENSATE, AT_ONCE)
        .forEach(id -> planAgain(Purpose.COMPENSATE, id, cases.harm(id)));
  }

  private void planAgain(Purpose purpose, String id, Cases.Kept kept) {
    traces.in(
        kept.traceparent(),
        "plan again",
        span -> {
          span.tag("purpose", purpose.name());
          outgoing.plan(purpose, id, new Call(court.address(), kept.data()));
          return id;
        });
  }

  private static Digest attempt(ResultAttestation about) {
    return Offence.attempt(about.jobId(), about.attempt());
  }

  private void requireSigned(SignedAttestation result) {
    WalletAddress worker = result.attestation().worker();
    boolean isByWorker =
        result
            .signature()
            .signerOf(result.attestation().digest(domain))
            .flatMap(stakes::key)
            .filter(key -> key.worker().equals(worker))
            .isPresent();
    if (!isByWorker) {
      throw new Refused("No key of %s signed the attestation".formatted(worker));
    }
  }

  @Override
  public Set<Purpose> purposes() {
    return Set.of(Purpose.OPEN_CASE, Purpose.COMPENSATE);
  }

  @Override
  public Standing standing(Purpose purpose, String subject, BlockRef block, ContractError refusal) {
    CourtContract.Case known = chain.read(court.caseOf(Digest.parse(subject)), block);
    if (purpose == Purpose.OPEN_CASE) {
      return known.state() != CaseState.NONE
          ? Standing.DONE
          : FOR_EVER.contains(refusal.name())
              ? Standing.IMPOSSIBLE
              : isPlannedWithout(subject, refusal) ? Standing.REPLACED : Standing.WANTED;
    }
    return known.state() == CaseState.CLOSED ? Standing.DONE : Standing.WANTED;
  }

  private boolean isPlannedWithout(String id, ContractError refusal) {
    return switch (refusal.name()) {
      case "TooLittleAtStake" -> filings.fileWithout(id, refusal.values().wallet("verifier"));
      case "WrongSigner" -> filings.fileWithout(id, refusal.values().wallet("expected"));
      default -> false;
    };
  }
}
