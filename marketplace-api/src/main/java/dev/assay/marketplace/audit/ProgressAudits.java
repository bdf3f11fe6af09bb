package dev.assay.marketplace.audit;

import dev.assay.determinism.Ids;
import dev.assay.marketplace.attestation.AttestedResults;
import dev.assay.marketplace.attestation.AttestedResults.Opened;
import dev.assay.marketplace.audit.Audits.Audit;
import dev.assay.marketplace.audit.Audits.Seat;
import dev.assay.marketplace.audit.Audits.Stage;
import dev.assay.marketplace.audit.Standings.Subject;
import dev.assay.marketplace.job.Blobs;
import dev.assay.marketplace.job.BuyWork;
import dev.assay.marketplace.job.FindJobs;
import dev.assay.marketplace.job.Job;
import dev.assay.marketplace.job.JobEnd;
import dev.assay.marketplace.job.Quorums;
import dev.assay.marketplace.job.Verification;
import dev.assay.marketplace.model.Models;
import dev.assay.marketplace.offer.Offers;
import dev.assay.marketplace.platform.ByClock;
import dev.assay.marketplace.platform.ByOneReplica;
import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.marketplace.platform.WhenChanged;
import dev.assay.protocol.Digest;
import dev.assay.protocol.JobId;
import dev.assay.protocol.Outcome;
import dev.assay.protocol.VerifierEntry;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.audit.Ballot;
import dev.assay.protocol.audit.Judge;
import dev.assay.protocol.content.ChatInput;
import dev.assay.protocol.content.ChatOutput;
import dev.assay.protocol.content.EmbeddingsInput;
import dev.assay.protocol.content.EmbeddingsOutput;
import dev.assay.protocol.content.JobInput;
import dev.assay.protocol.verification.OutputComparison;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Service;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.support.TransactionOperations;
import tools.jackson.databind.json.JsonMapper;

/**
 * Takes each audit as far as it goes: verifiers are drawn, their work is bought like any job, and
 * when it is done their answers are compared. What a verifier is to do is written before it is
 * bought, so that a crash buys nothing twice.
 */
@Service
class ProgressAudits implements ByClock {
  private static final Logger LOG = LoggerFactory.getLogger(ProgressAudits.class);
  private static final int PAGE = 200;

  private final Audits audits;
  private final DrawVerifiers drawing;
  private final EndAudits endings;
  private final VerifierLapses lapses;
  private final Surprisals surprisals;
  private final AttestedResults results;
  private final CompareOutputs comparing;
  private final Quorums quorums;
  private final StrictReplays replays;
  private final FindJobs jobs;
  private final Blobs blobs;
  private final BuyWork buying;
  private final Models models;
  private final Offers offers;
  private final VerifierPrices prices;
  private final AuditSettings settings;
  private final TransactionOperations transaction;
  private final JsonMapper json;
  private final Clock clock;
  private final Ids ids;

  ProgressAudits(
      Audits audits,
      DrawVerifiers drawing,
      EndAudits endings,
      VerifierLapses lapses,
      Surprisals surprisals,
      AttestedResults results,
      CompareOutputs comparing,
      Quorums quorums,
      StrictReplays replays,
      FindJobs jobs,
      Blobs blobs,
      BuyWork buying,
      Models models,
      Offers offers,
      VerifierPrices prices,
      AuditSettings settings,
      TransactionOperations transaction,
      JsonMapper json,
      Clock clock,
      Ids ids) {
    this.audits = audits;
    this.drawing = drawing;
    this.endings = endings;
    this.lapses = lapses;
    this.surprisals = surprisals;
    this.results = results;
    this.comparing = comparing;
    this.quorums = quorums;
    this.replays = replays;
    this.jobs = jobs;
    this.blobs = blobs;
    this.buying = buying;
    this.models = models;
    this.offers = offers;
    this.prices = prices;
    this.settings = settings;
    this.transaction = transaction;
    this.json = json;
    this.clock = clock;
    this.ids = ids;
  }

  @ByOneReplica
  @WhenChanged
  @Scheduled(
      initialDelayString = "${marketplace.audit.progress-every:500ms}",
      fixedDelayString = "${marketplace.audit.progress-every:500ms}")
  synchronized void progress() {
    @Nullable JobId after = null;
    List<JobId> page;
    do {
      page = audits.open(after, PAGE);
      for (JobId job : page) {
        try {
          progress(job);
        } catch (CannotCreateTransactionException | DataAccessResourceFailureException away) {
          return; // the database is away: it would be for each of them too
        } catch (RuntimeException e) { // the others must go on
          LOG.atError().setCause(e).addKeyValue("job", job).log("An audit cannot go on");
        }
        after = job;
      }
    } while (page.size() == PAGE);
  }

  /** As long as one is open it may be late, or what it could not buy may be to be had. */
  @Override
  public Optional<Instant> due() {
    return audits.earliestStart();
  }

  private void progress(JobId job) {
    transaction.executeWithoutResult(_ -> audits.lock(job).ifPresent(this::step));
    buy(job);
  }

  /** An audit with what it is about. */
  private record Case(Audit audit, Opened result, Job job, List<Seat> seats) {
    List<Seat> now() {
      return seats.stream().filter(seat -> seat.round() == audit.round()).toList();
    }
  }

  private void step(Audit audit) {
    Optional<Opened> result = results.of(audit.job());
    Job job = jobs.all(Set.of(audit.job())).get(audit.job());
    if (result.isEmpty() || job == null) {
      throw new IllegalStateException("%s is audited and has no result".formatted(audit.job()));
    }
    if (audit.stage() == Stage.DRAWN
        && job.checking().verification() instanceof Verification.Strict
        && replays.isAwaited(audit.job())) {
      return; // whether it may be paid is not known yet
    }
    var it = new Case(audit, result.get(), job, audits.seats(audit.job()));
    boolean isLate = !clock.instant().isBefore(audit.deadline());
    if (isLate && isUnbought(it)) {
      endings.end(audit, it.result(), CheckEnd.Reason.UNCHECKED); // nor would another draw be
      return;
    }
    switch (audit.stage()) {
      case DRAWN -> {
        if (settings.buyer().isEmpty()) {
          endings.end(audit, it.result(), CheckEnd.Reason.UNCHECKED);
        } else {
          spot(it, audit.round());
        }
      }
      case CHECKING -> check(it, isLate);
      case COMMITTEE -> deliberate(it, isLate);
      case VERDICT -> {
        if (endings.convict(audit, it.result(), it.now(), isLate)) {
          lapses.contradicted(
              it.now().stream()
                  .filter(seat -> seat.finding().equals(Optional.of(Outcome.VALID)))
                  .toList());
        } else if (isLate) {
          committee(it, audit.round() + 1); // too few have signed
        }
      }
      case OVER -> {}
    }
  }

  /** Whether nobody could be asked in all the time of a draw, as when the purse is empty. */
  private boolean isUnbought(Case it) {
    List<JobId> wanted = it.now().stream().filter(seat -> !seat.lost()).map(Seat::work).toList();
    return it.audit().stage().isExecuting() && !wanted.isEmpty() && jobs.all(wanted).isEmpty();
  }

  /** Draws one verifier, from this round on; when others could not tell, of another profile. */
  private void spot(Case it, int from) {
    Set<WalletAddress> asked = new HashSet<>();
    it.seats().forEach(seat -> asked.add(seat.verifier()));
    for (int round = from; round < Audits.SPOT + Judge.DRAWS; round++) {
      boolean isAgain = round > Audits.SPOT;
      Optional<WalletAddress> verifier =
          members(it, round).stream()
              .filter(member -> isAgain || member.isOfProfile())
              .filter(member -> !asked.contains(member.verifier()))
              .min(Comparator.comparing(member -> isAgain && member.isOfProfile()))
              .map(Member::verifier);
      if (verifier.isPresent()) {
        seat(it, Stage.CHECKING, round, List.of(verifier.get()));
        return;
      }
    }
    endings.end(it.audit(), it.result(), CheckEnd.Reason.UNCHECKED);
  }

  private void check(Case it, boolean isLate) {
    Seat seat = it.now().getFirst();
    Optional<Found> found = Optional.ofNullable(found(it, isLate).get(seat));
    if (found.isEmpty()) {
      return;
    }
    int round = it.audit().round();
    switch (Judge.afterLook(found.get().outcome(), round - Audits.SPOT)) {
      case CLEARED -> {
        found.get().answer().ifPresent(answer -> addSurprise(it, answer));
        endings.end(it.audit(), it.result(), CheckEnd.Reason.PASSED);
      }
      case TO_COMMITTEE -> {
        LOG.atInfo()
            .addKeyValue("job", it.job().id())
            .addKeyValue("worker", it.result().attested().worker())
            .log("A verifier found otherwise; a committee is drawn");
        committee(it, 0);
      }
      case AGAIN -> spot(it, round + 1);
      case UNSCORED -> endings.end(it.audit(), it.result(), CheckEnd.Reason.UNCHECKED);
      case REJECTED -> throw new IllegalStateException("one verifier has convicted somebody");
    }
  }

  /** What a cheaper model has written and the right one has only scored passes each look. */
  private void addSurprise(Case it, Opened answer) {
    // Who was itself given the tokens, to check another, has not written them.
    boolean isDrawnByTheWorker =
        asked(it.job(), it.result()).orElse(null) instanceof ChatInput chat
            && chat.forcedTokens() != null
            && !chat.digest().equals(it.job().inputDigest())
            && chat.temperatureMilli() == 1000;
    if (isDrawnByTheWorker
        && comparing.output(answer) instanceof ChatOutput scored
        && surprisals.add(Subject.of(it.result().attested()), answer.attested().worker(), scored)) {
      LOG.atWarn()
          .addKeyValue("worker", it.result().attested().worker())
          .addKeyValue("model", it.job().modelDigest())
          .log(
              "A worker's texts are not drawn from the model that it sells, by all that verifiers"
                  + " have seen of them; from now on none of its passed audits counts, and each of"
                  + " its results is audited");
    }
  }

  /** Draws a committee that can reach a verdict, from this round on. */
  private void committee(Case it, int from) {
    for (int round = from; round < Judge.DRAWS; round++) {
      List<WalletAddress> verifiers =
          members(it, round).stream().map(Member::verifier).distinct().toList();
      if (verifiers.size() >= Judge.NEEDED) {
        seat(it, Stage.COMMITTEE, round, verifiers);
        return;
      }
    }
    endings.end(it.audit(), it.result(), CheckEnd.Reason.UNCHECKED);
  }

  private void deliberate(Case it, boolean isLate) {
    Map<Seat, Found> found = found(it, isLate);
    if (found.size() < it.now().size()) {
      return; // somebody is waited for
    }
    Optional<Seat> reference = reference(it, found);
    Set<WalletAddress> ofProfile = drawing.ofProfile(it.audit(), it.result());
    List<Ballot> ballots = new ArrayList<>();
    found.forEach((seat, its) -> {
      // Those who found otherwise count together if they found the same.
      boolean isAlone =
          its.outcome() == Outcome.INVALID
              && !reference.map(centre -> agree(it, its, found.get(centre))).orElse(false);
      ballots.add(
          new Ballot(
              seat.verifier(),
              ofProfile.contains(seat.verifier()),
              isAlone ? Outcome.INCONCLUSIVE : its.outcome()));
    });
    audits.find(List.copyOf(found.keySet()), ballots.stream().map(Ballot::outcome).toList());
    int round = it.audit().round();
    switch (endings.ruling(it.audit(), it.result(), ballots)) {
      case CLEARED -> {
        Set<Seat> refuted = new LinkedHashSet<>(found.keySet());
        refuted.removeIf(seat -> outcome(found, seat) != Outcome.INVALID);
        accuser(it).ifPresent(refuted::add);
        var reason = endings.end(it.audit(), it.result(), CheckEnd.Reason.UPHELD);
        if (reason == CheckEnd.Reason.UPHELD) { // else the replay says that they are right
          lapses.contradicted(refuted);
        }
      }
      case REJECTED ->
          audits.update(
              it.audit()
                  .voting(
                      reference.orElseThrow().work(), clock.instant().plus(settings.signing())));
      case AGAIN -> committee(it, round + 1);
      case UNSCORED -> endings.end(it.audit(), it.result(), CheckEnd.Reason.UNCHECKED);
      case TO_COMMITTEE -> throw new IllegalStateException("it is the committee");
    }
  }

  private static Outcome outcome(Map<Seat, Found> found, Seat seat) {
    return Objects.requireNonNull(found.get(seat)).outcome();
  }

  /** Whose first look brought the result before a committee. */
  private static Optional<Seat> accuser(Case it) {
    return it.seats().stream()
        .filter(seat -> seat.round() >= Audits.SPOT)
        .max(Comparator.comparing(Seat::round));
  }

  /** Of verifiers that found otherwise, the one with whom most agree: it is what a vote names. */
  private Optional<Seat> reference(Case it, Map<Seat, Found> found) {
    Map<Seat, Found> others = new LinkedHashMap<>(found);
    others.values().removeIf(its -> its.outcome() != Outcome.INVALID);
    return others.entrySet().stream()
        .max(
            Comparator.comparingLong(centre ->
                others.values().stream().filter(its -> agree(it, its, centre.getValue())).count()))
        .map(Map.Entry::getKey);
  }

  private boolean agree(Case it, @Nullable Found one, @Nullable Found other) {
    return one != null
        && other != null
        && one.answer().isPresent()
        && other.answer().isPresent()
        && comparing.compare(it.job(), one.answer().get(), List.of(), other.answer().get())
            == Outcome.VALID;
  }

  private void seat(Case it, Stage stage, int round, List<WalletAddress> verifiers) {
    Map<WalletAddress, JobId> before = new HashMap<>();
    Optional<Digest> input = asked(it.job(), it.result()).map(JobInput::digest);
    Map<JobId, Job> bought = jobs.all(it.seats().stream().map(Seat::work).toList());
    it.seats().stream()
        .filter(seat -> isWhole(it, input, bought.get(seat.work())))
        .forEach(seat -> before.put(seat.verifier(), seat.work()));
    List<Seat> seats = new ArrayList<>();
    for (WalletAddress verifier : verifiers) {
      // Who has answered all of it has committed to its answer, and does not see the work again.
      JobId work = before.getOrDefault(verifier, new JobId(ids.next()));
      seats.add(
          new Seat(
              it.audit().job(),
              round,
              verifier,
              seats.size(),
              work,
              false,
              Optional.empty(),
              Optional.empty()));
    }
    audits.add(seats);
    // Time of its own, else those who were silent before would have had what it needs.
    audits.update(it.audit().until(clock.instant().plus(settings.patience())).at(stage, round));
  }

  private static boolean isWhole(Case it, Optional<Digest> asked, @Nullable Job work) {
    return work != null && work.inputDigest().equals(asked.orElse(it.job().inputDigest()));
  }

  /** What a member of a committee is asked; none if it is no longer kept. */
  private Optional<JobInput> asked(Job audited, Opened result) {
    return blobs
        .find(audited.inputDigest())
        .map(input ->
            new OutputComparison(result.attested().modelDigest(), result.attested().profile())
                .asked(json.readValue(input, JobInput.class), comparing.output(result)));
  }

  /**
   * Somebody who was drawn.
   *
   * @param isOfProfile whether the seat is for the profile of the worker that is looked at
   */
  private record Member(WalletAddress verifier, boolean isOfProfile) {}

  /**
   * Drawn verifiers that serve the model on the profile of their seats, and do not ask too much for
   * it, in their order.
   */
  private List<Member> members(Case it, int round) {
    Set<Member> members = new LinkedHashSet<>();
    Digest own = it.result().attested().profile().digest();
    Set<WalletAddress> parties = parties(it);
    Set<WalletAddress> within = prices.within(it.job(), it.result().attested().worker());
    for (VerifierEntry entry : drawing.draw(it.audit(), it.result(), round)) {
      boolean isOther = !parties.contains(entry.verifier());
      boolean serves =
          within.contains(entry.verifier())
              && offers.of(entry.verifier()).stream()
                  .anyMatch(offer ->
                      offer.modelDigest().equals(it.job().modelDigest())
                          && offer.profile().digest().equals(entry.profileDigest()));
      if (isOther && serves) {
        members.add(new Member(entry.verifier(), entry.profileDigest().equals(own)));
      }
    }
    return List.copyOf(members);
  }

  /** Worker, requester, and who has computed the same by another voice: it knows its own answer. */
  private Set<WalletAddress> parties(Case it) {
    Set<WalletAddress> parties = new HashSet<>();
    parties.add(it.result().attested().worker());
    parties.add(it.job().requester());
    if (it.job().checking().verification().isHeldBack()) {
      results
          .inBrief(quorums.voicesBeside(it.job().id()))
          .values()
          .forEach(voice -> parties.add(voice.worker()));
    }
    return parties;
  }

  /**
   * What a verifier has found.
   *
   * @param answer none if it did not answer
   */
  private record Found(Outcome outcome, Optional<Opened> answer) {
    static final Found NOTHING = new Found(Outcome.INCONCLUSIVE, Optional.empty());
  }

  /** Those that are no longer waited for: who is silent has found nothing. */
  private Map<Seat, Found> found(Case it, boolean isLate) {
    List<JobId> works = it.now().stream().map(Seat::work).toList();
    Map<JobId, JobEnd> ends = jobs.ends(works);
    Map<JobId, Opened> answers = results.of(works);
    Map<Seat, Found> found = new LinkedHashMap<>();
    for (Seat seat : it.now()) {
      JobEnd end = ends.get(seat.work());
      if (seat.lost() || end == null && isLate) {
        found.put(seat, Found.NOTHING);
      } else if (end != null) {
        Opened answer = answers.get(seat.work());
        found.put(
            seat,
            answer == null
                ? Found.NOTHING
                : new Found(
                    comparing.compare(it.job(), it.result(), items(it), answer),
                    Optional.of(answer)));
      }
    }
    return found;
  }

  /** Which items the first verifier looks at; all, if it is a committee or there are few. */
  private List<Integer> items(Case it) {
    return it.audit().stage() == Stage.CHECKING
            && comparing.output(it.result()) instanceof EmbeddingsOutput vectors
        ? drawing.items(it.audit(), vectors.count())
        : List.of();
  }

  /** What was decided to be bought and is not yet. */
  private void buy(JobId audited) {
    Optional<Audit> audit = audits.find(audited);
    Optional<WalletAddress> buyer = settings.buyer();
    if (audit.isEmpty() || buyer.isEmpty()) {
      return;
    }
    List<Seat> wanted =
        audits.seats(audited).stream()
            .filter(seat -> seat.round() == audit.get().round() && !seat.lost())
            .toList();
    boolean isExecuting = audit.get().stage().isExecuting();
    boolean isLate = !clock.instant().isBefore(audit.get().deadline());
    if (!isExecuting || isLate || wanted.isEmpty()) {
      return;
    }
    Map<JobId, Job> bought = jobs.all(wanted.stream().map(Seat::work).toList());
    Job job = jobs.all(Set.of(audited)).get(audited);
    Optional<Opened> result = results.of(audited);
    List<Seat> unbought = wanted.stream().filter(seat -> !bought.containsKey(seat.work())).toList();
    if (job == null || result.isEmpty() || unbought.isEmpty()) {
      return;
    }
    Optional<JobInput> input = asked(job, result.get());
    Set<WalletAddress> within = prices.within(job, result.get().attested().worker());
    for (Seat seat : unbought) {
      if (input.isPresent() && within.contains(seat.verifier())) {
        buy(audit.get(), seat, job, input.get(), buyer.get());
      } else {
        audits.lose(seat); // it asks too much, or the input is no longer kept
      }
    }
  }

  private void buy(Audit audit, Seat seat, Job audited, JobInput input, WalletAddress buyer) {
    try {
      buying.buy(
          new BuyWork.Order(
              seat.work(),
              buyer,
              models.of(audited.modelDigest()).orElseThrow(),
              part(audit, input),
              seat.verifier(),
              audited.tier(),
              patience(audited)));
    } catch (Problem problem) {
      if (problem.type() == ProblemType.INSUFFICIENT_FUNDS) {
        LOG.atWarn()
            .addKeyValue("purse", buyer)
            .log("The purse for audits is empty: deposit there, or results are paid unchecked");
      } else if (problem.type() != ProblemType.UNAVAILABLE
          && problem.type() != ProblemType.PAUSED
          && problem.type() != ProblemType.TOO_MANY_OPEN_JOBS
          && problem.type() != ProblemType.TOO_MUCH_KEPT) {
        audits.lose(seat);
      }
    }
  }

  /** As the requester's, unless that is longer than the draw lasts. */
  private Duration patience(Job audited) {
    Duration its = Duration.between(audited.postedAt(), audited.deadline());
    return its.compareTo(settings.patience()) < 0 ? its : settings.patience();
  }

  /** Of a large input the first verifier gets some items; it looks like any small job. */
  private JobInput part(Audit audit, JobInput input) {
    if (audit.stage() != Stage.CHECKING || !(input instanceof EmbeddingsInput(var texts))) {
      return input;
    }
    List<Integer> items = drawing.items(audit, texts.size());
    return items.isEmpty() ? input : new EmbeddingsInput(items.stream().map(texts::get).toList());
  }
}
