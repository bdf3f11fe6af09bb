package dev.assay.marketplace.audit;

import dev.assay.determinism.Ids;
import dev.assay.marketplace.attestation.AttestedResults;
import dev.assay.marketplace.attestation.AttestedResults.Opened;
import dev.assay.marketplace.audit.Audits.Audit;
import dev.assay.marketplace.audit.Audits.Seat;
import dev.assay.marketplace.audit.Audits.Stage;
import dev.assay.marketplace.job.Blobs;
import dev.assay.marketplace.job.BuyWork;
import dev.assay.marketplace.job.FindJobs;
import dev.assay.marketplace.job.Job;
import dev.assay.marketplace.job.JobEnd;
import dev.assay.marketplace.model.Models;
import dev.assay.marketplace.offer.Offers;
import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.protocol.JobId;
import dev.assay.protocol.VerifierEntry;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.content.JobInput;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
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
class ProgressAudits {
  private static final Logger LOG = LoggerFactory.getLogger(ProgressAudits.class);
  private static final int PAGE = 200;

  private final Audits audits;
  private final DrawVerifiers drawing;
  private final EndAudits endings;
  private final AttestedResults results;
  private final CompareOutputs comparing;
  private final FindJobs jobs;
  private final Blobs blobs;
  private final BuyWork buying;
  private final Models models;
  private final Offers offers;
  private final AuditSettings settings;
  private final TransactionOperations transaction;
  private final JsonMapper json;
  private final Clock clock;
  private final Ids ids;

  ProgressAudits(
      Audits audits,
      DrawVerifiers drawing,
      EndAudits endings,
      AttestedResults results,
      CompareOutputs comparing,
      FindJobs jobs,
      Blobs blobs,
      BuyWork buying,
      Models models,
      Offers offers,
      AuditSettings settings,
      TransactionOperations transaction,
      JsonMapper json,
      Clock clock,
      Ids ids) {
    this.audits = audits;
    this.drawing = drawing;
    this.endings = endings;
    this.results = results;
    this.comparing = comparing;
    this.jobs = jobs;
    this.blobs = blobs;
    this.buying = buying;
    this.models = models;
    this.offers = offers;
    this.settings = settings;
    this.transaction = transaction;
    this.json = json;
    this.clock = clock;
    this.ids = ids;
  }

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
    var it = new Case(audit, result.get(), job, audits.seats(audit.job()));
    boolean isLate = !clock.instant().isBefore(audit.deadline());
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
        if (!endings.convict(audit, it.result(), it.now()) && isLate) {
          committee(it, audit.round() + 1);
        }
      }
      case OVER -> {}
    }
  }

  /** Draws one verifier, from this round on. */
  private void spot(Case it, int from) {
    Set<WalletAddress> asked = new HashSet<>();
    it.seats().forEach(seat -> asked.add(seat.verifier()));
    for (int round = from; round < Audits.SPOT + Audits.DRAWS; round++) {
      Optional<WalletAddress> verifier =
          verifiers(it, round).stream().filter(one -> !asked.contains(one)).findFirst();
      if (verifier.isPresent()) {
        seat(it, Stage.CHECKING, round, List.of(verifier.get()));
        return;
      }
    }
    endings.end(it.audit(), it.result(), CheckEnd.Reason.UNCHECKED);
  }

  private void check(Case it, boolean isLate) {
    Map<WalletAddress, Answer> answers = answers(it, isLate);
    for (Answer answer : answers.values()) {
      switch (answer) {
        case WAITED_FOR -> {}
        case SAME -> endings.end(it.audit(), it.result(), CheckEnd.Reason.PASSED);
        case OTHER -> {
          LOG.atInfo()
              .addKeyValue("job", it.job().id())
              .addKeyValue("worker", it.result().attested().worker())
              .log("A verifier found otherwise; a committee is drawn");
          committee(it, 0);
        }
        case NONE -> spot(it, it.audit().round() + 1);
      }
    }
  }

  /** Draws a committee that can reach a verdict, from this round on. */
  private void committee(Case it, int from) {
    for (int round = from; round < Audits.COMMITTEES; round++) {
      List<WalletAddress> verifiers = verifiers(it, round);
      if (verifiers.size() >= Audits.QUORUM) {
        seat(it, Stage.COMMITTEE, round, verifiers);
        return;
      }
    }
    endings.end(it.audit(), it.result(), CheckEnd.Reason.UNCHECKED);
  }

  private void deliberate(Case it, boolean isLate) {
    Map<WalletAddress, Answer> answers = answers(it, isLate);
    if (answers.containsValue(Answer.WAITED_FOR)) {
      return;
    }
    List<Seat> others =
        it.now().stream().filter(seat -> answers.get(seat.verifier()) == Answer.OTHER).toList();
    long same = answers.values().stream().filter(answer -> answer == Answer.SAME).count();
    if (others.size() >= Audits.QUORUM) {
      Optional<Seat> reference = reference(it, others);
      if (reference.isPresent()) {
        audits.update(
            it.audit().voting(reference.get().work(), clock.instant().plus(settings.signing())));
        return;
      }
    } else if (same >= Audits.QUORUM) {
      endings.end(it.audit(), it.result(), CheckEnd.Reason.UPHELD);
      return;
    }
    committee(it, it.audit().round() + 1);
  }

  /** Of verifiers that found otherwise, one with whom at least a quorum agrees. */
  private Optional<Seat> reference(Case it, List<Seat> others) {
    return others.stream()
        .filter(centre ->
            others.stream()
                    .filter(seat ->
                        comparing.compare(it.result(), seat.work(), centre.work()) == Answer.SAME)
                    .count()
                >= Audits.QUORUM)
        .findFirst();
  }

  private void seat(Case it, Stage stage, int round, List<WalletAddress> verifiers) {
    Map<WalletAddress, JobId> before = new HashMap<>();
    it.seats().forEach(seat -> before.put(seat.verifier(), seat.work()));
    List<Seat> seats = new ArrayList<>();
    for (WalletAddress verifier : verifiers) {
      // Who has answered before has committed to its answer, and does not see the work again.
      JobId work = before.getOrDefault(verifier, new JobId(ids.next()));
      seats.add(
          new Seat(it.audit().job(), round, verifier, seats.size(), work, false, Optional.empty()));
    }
    audits.add(seats);
    audits.update(it.audit().at(stage, round));
  }

  /** Drawn verifiers that serve the model as the worker does, each once, in the order of seats. */
  private List<WalletAddress> verifiers(Case it, int round) {
    Set<WalletAddress> verifiers = new LinkedHashSet<>();
    for (VerifierEntry entry : drawing.draw(it.audit(), it.result(), round)) {
      boolean isOther =
          !entry.verifier().equals(it.result().attested().worker())
              && !entry.verifier().equals(it.job().requester());
      boolean serves =
          offers.of(entry.verifier()).stream()
              .anyMatch(offer ->
                  offer.modelDigest().equals(it.job().modelDigest())
                      && offer.profile() == it.result().attested().profile());
      if (isOther
          && serves
          && entry.profileDigest().equals(it.result().attested().profile().digest())) {
        verifiers.add(entry.verifier());
      }
    }
    return List.copyOf(verifiers);
  }

  private Map<WalletAddress, Answer> answers(Case it, boolean isLate) {
    Map<JobId, JobEnd> ends = jobs.ends(it.now().stream().map(Seat::work).toList());
    Map<WalletAddress, Answer> answers = new HashMap<>();
    for (Seat seat : it.now()) {
      JobEnd end = ends.get(seat.work());
      Answer answer;
      if (seat.lost() || end == null && isLate) {
        answer = Answer.NONE;
      } else if (end == null) {
        answer = Answer.WAITED_FOR;
      } else if (end instanceof JobEnd.Attested) {
        answer = comparing.compare(it.result(), audited(it), seat.work());
      } else {
        answer = Answer.NONE;
      }
      answers.put(seat.verifier(), answer);
    }
    return answers;
  }

  private static JobId audited(Case it) {
    return it.audit().job();
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
    boolean isExecuting =
        audit.get().stage() == Stage.CHECKING || audit.get().stage() == Stage.COMMITTEE;
    if (!isExecuting || wanted.isEmpty()) {
      return;
    }
    Map<JobId, Job> bought = jobs.all(wanted.stream().map(Seat::work).toList());
    Job job = jobs.all(Set.of(audited)).get(audited);
    for (Seat seat : wanted) {
      if (job != null && !bought.containsKey(seat.work())) {
        buy(seat, job, buyer.get());
      }
    }
  }

  private void buy(Seat seat, Job audited, WalletAddress buyer) {
    Optional<byte[]> input = blobs.find(audited.inputDigest());
    if (input.isEmpty()) {
      audits.lose(seat); // it is no longer kept: nobody can execute it again
      return;
    }
    try {
      buying.buy(
          new BuyWork.Order(
              seat.work(),
              buyer,
              models.of(audited.modelDigest()).orElseThrow(),
              json.readValue(input.get(), JobInput.class),
              seat.verifier(),
              audited.tier(),
              Duration.between(audited.postedAt(), audited.deadline())));
    } catch (Problem problem) {
      if (problem.type() == ProblemType.INSUFFICIENT_FUNDS) {
        LOG.atWarn()
            .addKeyValue("purse", buyer)
            .log("The purse for audits is empty: deposit there, or results are paid unchecked");
      } else if (problem.type() != ProblemType.UNAVAILABLE) {
        audits.lose(seat);
      }
    }
  }
}
