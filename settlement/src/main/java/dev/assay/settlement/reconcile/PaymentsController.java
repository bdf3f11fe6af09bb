package dev.assay.settlement.reconcile;

import dev.assay.protocol.Digest;
import dev.assay.protocol.admin.PaymentsReport;
import dev.assay.settlement.batch.BatchHistory;
import dev.assay.settlement.batch.BatchHistory.Waiting;
import dev.assay.settlement.platform.Halts;
import dev.assay.settlement.transaction.Errands;
import java.time.Clock;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * How payments stand, for the operators' page. All of it is on chain, or will be; nothing in it is
 * a requester's text.
 */
@RestController
class PaymentsController {
  private static final int BATCHES = 20;
  private static final int ERRANDS = 50;

  private final BatchHistory batches;
  private final Errands errands;
  private final Reconciliations found;
  private final Halts halts;
  private final Clock clock;

  PaymentsController(
      BatchHistory batches, Errands errands, Reconciliations found, Halts halts, Clock clock) {
    this.batches = batches;
    this.errands = errands;
    this.found = found;
    this.halts = halts;
    this.clock = clock;
  }

  @GetMapping("/api/payments")
  PaymentsReport payments() {
    Waiting waiting = batches.waiting();
    return new PaymentsReport(
        clock.instant(),
        waiting.jobs(),
        waiting.amount().toString(),
        waiting.since().orElse(null),
        batches.open(),
        batches.latest(BATCHES),
        errands.onTheirWay(ERRANDS),
        found.last().map(PaymentsController::reserves).orElse(null),
        halts.reasons());
  }

  private static PaymentsReport.Reserves reserves(Reconciliation last) {
    return new PaymentsReport.Reserves(
        last.block(),
        Digest.parse(last.hash()),
        last.at(),
        last.owed().toString(),
        last.held().toString(),
        last.bonded().toString(),
        last.atStake().toString(),
        last.drift());
  }
}
