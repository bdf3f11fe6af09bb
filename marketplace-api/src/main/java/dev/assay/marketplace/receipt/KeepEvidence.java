package dev.assay.marketplace.receipt;

import dev.assay.protocol.event.JobSettled;
import dev.assay.protocol.event.VerdictReached;
import java.util.List;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Service;

/** Keeps what passes by once and receipts show for ever. */
@Service
public class KeepEvidence {
  private final ReceiptEvidence evidence;

  KeepEvidence(ReceiptEvidence evidence) {
    this.evidence = evidence;
  }

  /** Where the payments of settled jobs lie: as often as it comes. */
  public void keep(List<JobSettled> settled) {
    evidence.keep(settled);
  }

  /** In the transaction in which the check ends: no rejected job is without its verdict. */
  @EventListener
  void on(VerdictReached reached) {
    evidence.keep(reached.evidence());
  }
}
