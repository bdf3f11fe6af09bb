package dev.assay.marketplace.receipt;

import dev.assay.marketplace.identity.Caller;
import dev.assay.marketplace.job.FindJobs;
import dev.assay.marketplace.job.Job;
import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.marketplace.platform.Refuses;
import dev.assay.protocol.receipt.JobReceipt;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** {@code /api/jobs/{id}/receipt}: for its requester, to keep and to show to whom it likes. */
@RestController
class ReceiptController {
  private final FindJobs jobs;
  private final IssueReceipt issuing;

  ReceiptController(FindJobs jobs, IssueReceipt issuing) {
    this.jobs = jobs;
    this.issuing = issuing;
  }

  /**
   * A job's receipt as far as the job is. Until it is final it says what is missing; then {@code
   * ./assay verify} checks it without asking anybody of this market.
   *
   * @param voice which of the workers that computed the job, by a number from 1; without it, the
   *     one whose answer counts
   */
  @Refuses(ProblemType.NOT_FOUND)
  @GetMapping("/api/jobs/{id}/receipt")
  JobReceipt receipt(
      Caller caller,
      @PathVariable String id,
      @RequestParam(required = false) @Nullable String voice) {
    if (voice != null && !voice.matches("[1-9][0-9]{0,8}")) {
      throw new Problem(ProblemType.INVALID_PARAMETER, "voice is a number from 1 on.");
    }
    Job job = jobs.find(caller.wallet(), id);
    return issuing.of(
        voice == null ? jobs.answered(job) : jobs.voice(job, Integer.parseInt(voice)));
  }
}
