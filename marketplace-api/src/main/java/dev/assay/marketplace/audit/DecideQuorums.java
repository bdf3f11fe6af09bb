package dev.assay.marketplace.audit;

import dev.assay.marketplace.attestation.AttestedResults;
import dev.assay.marketplace.attestation.AttestedResults.Opened;
import dev.assay.marketplace.job.FindJobs;
import dev.assay.marketplace.job.Job;
import dev.assay.marketplace.job.JobEnded;
import dev.assay.marketplace.job.JobsEndedElsewhere;
import dev.assay.marketplace.job.Quorums;
import dev.assay.marketplace.job.Quorums.Quorum;
import dev.assay.marketplace.job.Verification;
import dev.assay.marketplace.platform.ByOneReplica;
import dev.assay.marketplace.platform.DatabaseWatch;
import dev.assay.marketplace.platform.EachAlone;
import dev.assay.marketplace.platform.WhenChanged;
import dev.assay.protocol.JobId;
import dev.assay.protocol.audit.Judge;
import dev.assay.protocol.content.JobOutput;
import dev.assay.protocol.verification.Assessment;
import dev.assay.protocol.verification.Evidence;
import dev.assay.protocol.verification.Evidence.Reveals;
import dev.assay.protocol.verification.OutputComparison;
import dev.assay.protocol.verification.VerificationMethod.RedundantQuorum;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.event.EventListener;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Service;

/**
 * Compares the answers of those who computed one job, when none is waited for any more: each was
 * signed and committed to with a salt before anybody but the market saw another's, so that nobody
 * copies. Whether they agree is {@link RedundantQuorum}'s to say. Who does not loses nothing by
 * that; its result is audited, at a rate that stands in its leaf.
 */
@Service
class DecideQuorums {
  private static final Logger LOG = LoggerFactory.getLogger(DecideQuorums.class);
  private static final int AT_ONCE = 200;

  private final Quorums quorums;
  private final FindJobs jobs;
  private final AttestedResults results;
  private final CompareOutputs comparing;
  private final Canaries canaries;
  private final DatabaseWatch watch;

  DecideQuorums(
      Quorums quorums,
      FindJobs jobs,
      AttestedResults results,
      CompareOutputs comparing,
      Canaries canaries,
      DatabaseWatch watch) {
    this.canaries = canaries;
    this.watch = watch;
    this.quorums = quorums;
    this.jobs = jobs;
    this.results = results;
    this.comparing = comparing;
  }

  /** Whoever waits for an answer that is held back waits for this. */
  @EventListener
  void on(JobEnded ended) {
    watch.soon();
  }

  @EventListener
  void on(JobsEndedElsewhere ended) {
    watch.soon();
  }

  @ByOneReplica
  @WhenChanged
  @Scheduled(
      initialDelayString = "${marketplace.audit.decide-every:200ms}",
      fixedDelayString = "${marketplace.audit.decide-every:200ms}")
  void decide() {
    List<JobId> ripe = quorums.ripe(AT_ONCE);
    if (!ripe.isEmpty()) {
      EachAlone.run(quorums.of(ripe).values(), this::decide);
    }
  }

  private void decide(Quorum quorum) {
    Map<JobId, Job> voices = jobs.all(quorum.voices());
    Map<JobId, Opened> opened = results.of(quorum.voices());
    Map<JobId, Evidence> answers = new LinkedHashMap<>();
    for (JobId voice : quorum.voices()) {
      Opened answer = opened.get(voice);
      JobOutput output = answer == null ? null : comparing.output(answer);
      if (output != null) {
        answers.put(voice, OutputComparison.evidence(output));
      }
    }
    Set<JobId> agreeing = new LinkedHashSet<>();
    answers.forEach((voice, claim) -> {
      Job job = voices.get(voice);
      Opened answer = opened.get(voice);
      if (job != null && answer != null && agrees(job, answer, claim, others(answers, voice))) {
        agreeing.add(voice);
      }
    });
    Optional<JobId> chosen = agreeing.stream().findFirst(); // the job's own, if it agrees
    quorums.decide(quorum.job(), chosen, agreeing, answers.keySet());
    if (agreeing.size() >= Judge.KNOWN && chosen.equals(Optional.of(quorum.job()))) {
      Opened source = Objects.requireNonNull(opened.get(quorum.job()));
      canaries.propose(quorum.job(), source, source.signed().attestation().inputDigest());
    }
    LOG.atInfo()
        .addKeyValue("job", quorum.job())
        .addKeyValue("answers", answers.size())
        .addKeyValue("agreeing", agreeing.size())
        .log("A quorum is decided");
  }

  private static List<Evidence> others(Map<JobId, Evidence> answers, JobId voice) {
    return answers.entrySet().stream()
        .filter(answer -> !answer.getKey().equals(voice))
        .map(Map.Entry::getValue)
        .toList();
  }

  private static boolean agrees(Job job, Opened answer, Evidence claim, List<Evidence> others) {
    if (!(job.checking().verification() instanceof Verification.Quorum(int needed, int of))) {
      throw new IllegalStateException(
          "%s is a voice of a quorum it does not ask for".formatted(job.id()));
    }
    return new OutputComparison(job.modelDigest(), answer.attested().profile())
        .method()
        .map(method ->
            new RedundantQuorum(needed, of, method)
                .assess(job.specDigest(), claim, new Reveals(others)))
        .filter(Assessment.Pass.class::isInstance)
        .isPresent();
  }
}
