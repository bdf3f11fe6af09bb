package dev.assay.marketplace.job;

import dev.assay.determinism.CrashPoint;
import dev.assay.marketplace.purse.Ledger;
import dev.assay.marketplace.purse.Settlement;
import dev.assay.protocol.Digest;
import dev.assay.protocol.JobId;
import java.util.List;
import java.util.Map;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionOperations;

/** Takes which jobs the chain has settled: in any order, as often as it comes. */
@Service
public class SettleJobs {
  private final Jobs jobs;
  private final Ledger ledger;
  private final TransactionOperations transaction;

  SettleJobs(Jobs jobs, Ledger ledger, TransactionOperations transaction) {
    this.jobs = jobs;
    this.ledger = ledger;
    this.transaction = transaction;
  }

  /**
   * All or none.
   *
   * @throws IllegalStateException if one contradicts what is known here
   */
  public void settle(List<SettledJob> settled) {
    transaction.executeWithoutResult(_ -> {
      Map<Digest, JobId> ids = jobs.idsOf(settled.stream().map(SettledJob::signedId).toList());
      ledger.settle(settled.stream().map(one -> settlement(one, ids)).toList());
      CrashPoint.API_INTAKE_BEFORE_COMMIT.reached();
    });
  }

  private static Settlement settlement(SettledJob settled, Map<Digest, JobId> ids) {
    JobId id = ids.get(settled.signedId());
    if (id == null) {
      throw new IllegalStateException("The chain has settled a job that is not here: " + settled);
    }
    return new Settlement(
        id.uuid(),
        settled.requester(),
        settled.worker(),
        settled.price(),
        settled.earned(),
        settled.position());
  }
}
