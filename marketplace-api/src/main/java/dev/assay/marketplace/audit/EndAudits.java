package dev.assay.marketplace.audit;

import dev.assay.determinism.Ids;
import dev.assay.marketplace.attestation.AttestedResults;
import dev.assay.marketplace.attestation.AttestedResults.Opened;
import dev.assay.marketplace.audit.Audits.Audit;
import dev.assay.marketplace.audit.Audits.Seat;
import dev.assay.marketplace.audit.Audits.Stage;
import dev.assay.marketplace.audit.EndChecks.Over;
import dev.assay.marketplace.audit.Seals.LeafRow;
import dev.assay.marketplace.audit.Seals.SealedEpoch;
import dev.assay.marketplace.audit.Standings.Subject;
import dev.assay.marketplace.job.FindJobs;
import dev.assay.marketplace.platform.CourtSettings;
import dev.assay.marketplace.stake.Stakes;
import dev.assay.protocol.Digest;
import dev.assay.protocol.EpochSeal;
import dev.assay.protocol.EventId;
import dev.assay.protocol.MerkleProof;
import dev.assay.protocol.MerkleTree;
import dev.assay.protocol.Outcome;
import dev.assay.protocol.SealedLeaf;
import dev.assay.protocol.VerdictEvidence;
import dev.assay.protocol.VerifierEntry;
import dev.assay.protocol.Vote;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.audit.Ballot;
import dev.assay.protocol.audit.Judge;
import dev.assay.protocol.audit.Ruling;
import dev.assay.protocol.event.VerdictReached;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.stereotype.Service;

/** Ends audits, within the caller's transaction: the check, the worker's standing, the case. */
@Service
class EndAudits {
  private static final Logger LOG = LoggerFactory.getLogger(EndAudits.class);

  private final Audits audits;
  private final Seals seals;
  private final EndChecks checks;
  private final StrictReplays replays;
  private final Standings standings;
  private final Canaries canaries;
  private final AuditSettings settings;
  private final DrawVerifiers drawing;
  private final Stakes stakes;
  private final CourtSettings court;
  private final AttestedResults results;
  private final FindJobs jobs;
  private final ApplicationEventPublisher events;
  private final Clock clock;
  private final Ids ids;

  EndAudits(
      Audits audits,
      Seals seals,
      EndChecks checks,
      StrictReplays replays,
      Standings standings,
      Canaries canaries,
      AuditSettings settings,
      DrawVerifiers drawing,
      Stakes stakes,
      CourtSettings court,
      AttestedResults results,
      FindJobs jobs,
      ApplicationEventPublisher events,
      Clock clock,
      Ids ids) {
    this.audits = audits;
    this.seals = seals;
    this.checks = checks;
    this.replays = replays;
    this.standings = standings;
    this.canaries = canaries;
    this.settings = settings;
    this.drawing = drawing;
    this.stakes = stakes;
    this.court = court;
    this.results = results;
    this.jobs = jobs;
    this.events = events;
    this.clock = clock;
    this.ids = ids;
  }

  /**
   * What a strict replay has not confirmed is neither paid nor to the worker's credit.
   *
   * @return how it ended
   */
  CheckEnd.Reason end(Audit audit, Opened result, CheckEnd.Reason found) {
    CheckEnd.Reason reason =
        found.isCleared() && !replays.unconfirmed(Set.of(audit.job())).isEmpty()
            ? CheckEnd.Reason.UNCONFIRMED
            : found;
    SealedLeaf subject = subject(audit);
    LeafRow row = new LeafRow(subject.leaf(), audit.job(), audit.attempt());
    checks.end(subject.epochSeal(), List.of(new Over(row, subject.proof(), reason)));
    switch (reason) {
      case PASSED, UPHELD -> standings.record(Subject.of(result.attested()), Outcome.VALID);
      case INVALID -> standings.record(Subject.of(result.attested()), Outcome.INVALID);
      case UNCHECKED, NOT_DRAWN, UNCONFIRMED -> {} // it says nothing about the worker
    }
    boolean isMarkets = settings.buyer().filter(result.attested().requester()::equals).isPresent();
    boolean isRight = reason == CheckEnd.Reason.PASSED || reason == CheckEnd.Reason.UPHELD;
    if (isRight && !isMarkets) {
      Digest input = result.signed().attestation().inputDigest();
      canaries.propose(audit.job(), result, input);
    }
    audits.update(audit.at(Stage.OVER, audit.round()));
    LOG.atInfo()
        .addKeyValue("job", audit.job())
        .addKeyValue("worker", result.attested().worker())
        .addKeyValue("reason", reason.label())
        .log("An audit is over");
    return reason;
  }

  /**
   * Ends an audit by the verdict of its committee, if enough have signed. All who have found it are
   * waited for, and who has too little at stake by now, or signed by a key that is dead, is left
   * out: the Court takes no evidence one of whose signers has.
   *
   * @param seats of the committee
   * @param isLate whether nobody is waited for any more
   * @return whether it has
   */
  boolean convict(Audit audit, Opened result, List<Seat> seats, boolean isLate) {
    List<Seat> agreeing =
        seats.stream().filter(seat -> seat.finding().equals(Optional.of(Outcome.INVALID))).toList();
    if (!isLate && agreeing.stream().anyMatch(seat -> seat.vote().isEmpty())) {
      return false;
    }
    Opened reference = results.of(audit.reference().orElseThrow()).orElseThrow();
    var verdict = new CommitteeVerdict(audit, result, reference);
    List<Seat> signed = agreeing.stream().filter(seat -> answersFor(seat, verdict)).toList();
    Set<WalletAddress> ofProfile = drawing.ofProfile(audit, result);
    List<Ballot> ballots =
        signed.stream()
            .map(seat ->
                new Ballot(seat.verifier(), ofProfile.contains(seat.verifier()), Outcome.INVALID))
            .toList();
    if (ruling(audit, result, ballots) != Ruling.REJECTED) {
      return false;
    }
    events.publishEvent(
        new VerdictReached(
            new EventId(ids.next()),
            clock.instant(),
            new VerdictEvidence(
                subject(audit),
                result.signed(),
                audit.round(),
                reference.outputDigest(),
                reference.signed().attestation().evidenceRoot(),
                votes(audit, result, signed)),
            jobs.traceparents(Set.of(audit.job())).getOrDefault(audit.job(), "")));
    end(audit, result, CheckEnd.Reason.INVALID);
    return true;
  }

  /** Whether it has signed by a key that is alive, and has enough at stake. */
  private boolean answersFor(Seat seat, CommitteeVerdict verdict) {
    Optional<WalletAddress> signer =
        seat.vote()
            .flatMap(vote ->
                vote.signature()
                    .signerOf(verdict.of(seat.verifier(), vote.issuedAt()).digest(court.domain())))
            .flatMap(stakes::ownerOf);
    return signer.equals(Optional.of(seat.verifier()))
        && stakes.freeStakeOf(seat.verifier()).compareTo(settings.seat()) >= 0;
  }

  Ruling ruling(Audit audit, Opened result, List<Ballot> ballots) {
    boolean isQuarantined =
        canaries.quarantine(result.attested().modelDigest(), result.attested().profile()).isOn();
    return Judge.afterCommittee(result.attested().worker(), ballots, audit.round(), isQuarantined);
  }

  /** Each with a seat of its own, ascending by verifier, as the Court wants them. */
  private List<Vote> votes(Audit audit, Opened result, List<Seat> signed) {
    Map<WalletAddress, VerifierEntry> entries = new HashMap<>();
    drawing
        .draw(audit, result, audit.round())
        .forEach(entry -> entries.putIfAbsent(entry.verifier(), entry));
    MerkleTree set = verifierSet(audit.epoch());
    return signed.stream()
        .sorted(Comparator.comparing(seat -> seat.verifier().hex()))
        .map(seat -> {
          VerifierEntry entry = Objects.requireNonNull(entries.get(seat.verifier()));
          Audits.Vote vote = seat.vote().orElseThrow();
          return new Vote(entry, set.proof(entry.hash()), vote.issuedAt(), vote.signature());
        })
        .toList();
  }

  private MerkleTree verifierSet(long epoch) {
    SealedEpoch sealed = seals.find(epoch).orElseThrow();
    List<VerifierEntry> entries = new ArrayList<>();
    while (entries.size() < sealed.verifierCount()) {
      entries.addAll(seals.verifiers(sealed.verifierSetRoot(), entries.size(), Seals.PART));
    }
    return MerkleTree.of(entries.stream().map(VerifierEntry::hash).toList());
  }

  private SealedLeaf subject(Audit audit) {
    SealedEpoch epoch = seals.find(audit.epoch()).orElseThrow();
    EpochSeal seal = epoch.with(seals.chainSeal(audit.epoch()).orElseThrow().beaconCommitment());
    MerkleProof proof =
        Objects.requireNonNull(
            seals.proofs(audit.epoch(), List.of(audit.rank()), epoch.count()).get(audit.rank()));
    return new SealedLeaf(seal, seals.leafOf(audit.job()).orElseThrow().row().leaf(), proof);
  }
}
