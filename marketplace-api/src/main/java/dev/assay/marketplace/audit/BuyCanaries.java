package dev.assay.marketplace.audit;

import dev.assay.marketplace.job.Blobs;
import dev.assay.marketplace.job.BuyWork;
import dev.assay.marketplace.job.FindJobs;
import dev.assay.marketplace.job.Job;
import dev.assay.marketplace.model.Models;
import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.protocol.JobId;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.content.JobInput;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Service;
import tools.jackson.databind.json.JsonMapper;

/** Buys for the market what a requester has bought before, by the same door as audits. */
@Service
class BuyCanaries {
  private static final Logger LOG = LoggerFactory.getLogger(BuyCanaries.class);

  private final FindJobs jobs;
  private final Blobs blobs;
  private final BuyWork buying;
  private final Models models;
  private final JsonMapper json;

  BuyCanaries(FindJobs jobs, Blobs blobs, BuyWork buying, Models models, JsonMapper json) {
    this.jobs = jobs;
    this.blobs = blobs;
    this.buying = buying;
    this.models = models;
    this.json = json;
  }

  /**
   * Buys it if it was not bought; the same tier and patience as the job that asked first.
   *
   * @return whether it can be had from this worker, now or later
   */
  boolean buy(JobId work, JobId source, WalletAddress worker, WalletAddress buyer) {
    if (!jobs.all(Set.of(work)).isEmpty()) {
      return true;
    }
    Job first = jobs.all(Set.of(source)).get(source);
    Optional<byte[]> input = first == null ? Optional.empty() : blobs.find(first.inputDigest());
    if (first == null || input.isEmpty()) {
      return false;
    }
    try {
      buying.buy(
          new BuyWork.Order(
              work,
              buyer,
              models.of(first.modelDigest()).orElseThrow(),
              json.readValue(input.get(), JobInput.class),
              worker,
              first.tier(),
              Duration.between(first.postedAt(), first.deadline())));
      return true;
    } catch (Problem problem) {
      if (problem.type() == ProblemType.INSUFFICIENT_FUNDS) {
        LOG.atWarn()
            .addKeyValue("purse", buyer)
            .log("The purse for audits is empty: deposit there, or nobody is graded by canaries");
        return true;
      }
      return problem.type() == ProblemType.UNAVAILABLE || problem.type() == ProblemType.PAUSED;
    }
  }
}
