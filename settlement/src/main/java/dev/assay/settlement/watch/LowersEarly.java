package dev.assay.settlement.watch;

import dev.assay.settlement.chain.PlacedLog;
import java.util.List;

/** Whoever tells, before it is final, what lowers the amount that may be at risk. */
interface LowersEarly {
  /**
   * @param logs above the last final block, in order; the same ones are shown again and again
   */
  void tell(List<PlacedLog> logs);
}
