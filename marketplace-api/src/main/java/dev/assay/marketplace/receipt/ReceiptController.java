package dev.assay.marketplace.receipt;

import dev.assay.marketplace.identity.Caller;
import dev.assay.marketplace.job.FindJobs;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.marketplace.platform.Refuses;
import dev.assay.protocol.receipt.JobReceipt;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
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
   */
  @Refuses(ProblemType.NOT_FOUND)
  @GetMapping("/api/jobs/{id}/receipt")
  JobReceipt receipt(Caller caller, @PathVariable String id) {
    return issuing.of(jobs.answered(jobs.find(caller.wallet(), id)));
  }
}
