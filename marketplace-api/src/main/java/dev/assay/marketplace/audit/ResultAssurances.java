package dev.assay.marketplace.audit;

import dev.assay.marketplace.attestation.AttestedResults;
import dev.assay.marketplace.attestation.AttestedResults.Attested;
import dev.assay.marketplace.audit.Checks.Checked;
import dev.assay.marketplace.audit.Standings.Subject;
import dev.assay.marketplace.job.Assurances;
import dev.assay.marketplace.job.JobEnd;
import dev.assay.marketplace.job.Quorums;
import dev.assay.marketplace.job.Quorums.Decision;
import dev.assay.marketplace.job.Quorums.Quorum;
import dev.assay.marketplace.job.Verification;
import dev.assay.marketplace.model.Model;
import dev.assay.marketplace.model.Models;
import dev.assay.marketplace.offer.Offer;
import dev.assay.protocol.Digest;
import dev.assay.protocol.JobId;
import dev.assay.protocol.assurance.Assumptions;
import dev.assay.protocol.assurance.Assurance;
import dev.assay.protocol.assurance.Independence.Voice;
import dev.assay.protocol.audit.TrackRecord;
import dev.assay.protocol.content.ProfileClass;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;

/** Gathers what {@link Assurance} asks: the worker's record, what audits found, who agrees. */
@Service
class ResultAssurances implements Assurances {
  private static final Assumptions ASSUMED = Assumptions.DEFAULT;

  private final AttestedResults results;
  private final Standings standings;
  private final WorkerExposures exposures;
  private final Checks checks;
  private final Quorums quorums;
  private final Models models;
  private final AuditSettings settings;

  ResultAssurances(
      AttestedResults results,
      Standings standings,
      WorkerExposures exposures,
      Checks checks,
      Quorums quorums,
      Models models,
      AuditSettings settings) {
    this.results = results;
    this.standings = standings;
    this.exposures = exposures;
    this.checks = checks;
    this.quorums = quorums;
    this.models = models;
    this.settings = settings;
  }

  @Override
  public Map<JobId, Assurance> of(Collection<JobId> attested) {
    Map<JobId, Quorum> heldBack = quorums.of(attested);
    Map<JobId, JobId> answers = new HashMap<>();
    attested.forEach(job -> answers.put(job, answer(job, heldBack.get(job))));
    Map<JobId, Attested> found = results.inBrief(answers.values());
    Map<JobId, Checked> checked = checks.of(answers.values());
    Map<Subject, TrackRecord> records =
        standings.of(found.values().stream().map(Subject::of).collect(Collectors.toSet()));
    Map<JobId, Assurance> sure = new HashMap<>();
    answers.forEach((job, answer) -> {
      Quorum quorum = heldBack.get(job);
      Attested result = found.get(answer);
      if (quorum != null && !quorum.isStrict()) {
        sure.put(job, quorum(quorum));
      } else if (result != null) {
        TrackRecord record = records.getOrDefault(Subject.of(result), TrackRecord.NEW);
        Optional<Checked> check = Optional.ofNullable(checked.get(answer));
        sure.put(
            job,
            quorum == null
                ? alone(result, check, record.passes())
                : replayed(quorum, check, record.passes()));
      }
    });
    return sure;
  }

  /** The voice whose answer counts; the job's own if that is not decided. */
  private static JobId answer(JobId job, @Nullable Quorum quorum) {
    return Optional.ofNullable(quorum)
        .flatMap(Quorum::decision)
        .flatMap(Decision::chosen)
        .orElse(job);
  }

  private static Assurance replayed(Quorum quorum, Optional<Checked> checked, int passes) {
    boolean isInvalid =
        checked.flatMap(Checked::reason).filter(reason -> !reason.isCleared()).isPresent();
    return isInvalid || quorum.decision().flatMap(Decision::chosen).isEmpty()
        ? Assurance.bestEffort()
        : Assurance.strict(checked.map(Checked::passes).orElse(passes), ASSUMED);
  }

  /**
   * @param passes as of now, which counts as long as the result is not sealed
   */
  private Assurance alone(Attested result, Optional<Checked> checked, int passes) {
    if (!isAudited(result.modelDigest())) {
      return Assurance.bestEffort();
    }
    int sealed = checked.map(Checked::passes).orElse(passes);
    return switch (checked.flatMap(Checked::reason).orElse(CheckEnd.Reason.NOT_DRAWN)) {
      case NOT_DRAWN -> Assurance.spot(sealed, ASSUMED);
      case PASSED, UPHELD -> Assurance.audited(sealed, ASSUMED);
      // What the draw chose and nobody could look at is not what a bound on the draw speaks of.
      case UNCHECKED, INVALID, UNCONFIRMED -> Assurance.bestEffort();
    };
  }

  @Override
  public Assurance ofNew(Digest modelDigest, JobEnd.Attested result, ProfileClass profile) {
    if (!isAudited(modelDigest)) {
      return Assurance.bestEffort();
    }
    var subject = new Subject(result.worker(), modelDigest, profile);
    TrackRecord record =
        exposures
            .recent(subject)
            .orElseGet(() -> standings.of(Set.of(subject)).getOrDefault(subject, TrackRecord.NEW));
    return Assurance.spot(record.passes(), ASSUMED);
  }

  /** Where nothing is executed again, or nothing is known of what differs, nobody is found out. */
  private boolean isAudited(Digest model) {
    return settings.buyer().isPresent() && models.of(model).flatMap(Model::calibration).isPresent();
  }

  private Assurance quorum(Quorum quorum) {
    Set<JobId> agreeing = quorum.decision().map(Decision::agreeing).orElse(Set.of());
    List<Voice> voices = List.copyOf(results.voices(agreeing).values());
    return voices.isEmpty()
        ? Assurance.bestEffort()
        : Assurance.quorum(quorum.voices().size(), voices, ASSUMED);
  }

  @Override
  public Assurance expected(Verification verification, Model model, List<Offer> offered) {
    return switch (verification) {
      case Verification.Spot() when !isAudited(model.digest()) -> Assurance.bestEffort();
      case Verification.Spot() -> Assurance.spot(fewestPasses(offered), ASSUMED);
      case Verification.Strict() -> Assurance.strict(fewestPasses(offered), ASSUMED);
      case Verification.Quorum(int needed, int of) ->
          Assurance.quorum(of, strangers(needed), ASSUMED);
    };
  }

  private int fewestPasses(List<Offer> offered) {
    Set<Subject> subjects =
        offered.stream()
            .map(offer -> new Subject(offer.worker(), offer.modelDigest(), offer.profile()))
            .collect(Collectors.toSet());
    Map<Subject, TrackRecord> records = standings.of(subjects);
    return subjects.stream()
        .map(subject -> Objects.requireNonNullElse(records.get(subject), TrackRecord.NEW))
        .mapToInt(TrackRecord::passes)
        .min()
        .orElse(0);
  }

  /** Of owners of their own, as every quorum is; where they are, and on what, is not known yet. */
  private static List<Voice> strangers(int count) {
    return IntStream.range(0, count)
        .mapToObj(owner -> new Voice(String.valueOf(owner), "", ""))
        .toList();
  }
}
