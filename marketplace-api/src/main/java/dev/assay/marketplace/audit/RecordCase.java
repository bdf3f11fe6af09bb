package dev.assay.marketplace.audit;

import dev.assay.protocol.Offence;
import dev.assay.protocol.event.CaseChanged;
import org.springframework.stereotype.Service;

/** Takes what the chain says of a case: in any order, as often as it comes. */
@Service
public class RecordCase {
  private final Cases cases;
  private final ReleaseWithheld withheld;

  RecordCase(Cases cases, ReleaseWithheld withheld) {
    this.cases = cases;
    this.withheld = withheld;
  }

  public void record(CaseChanged change) {
    cases.put(change);
    if (change.offence() == Offence.WITHHELD_BEACON) {
      withheld.release();
    }
  }
}
