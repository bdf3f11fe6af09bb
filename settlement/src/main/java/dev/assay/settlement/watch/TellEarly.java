package dev.assay.settlement.watch;

import dev.assay.settlement.chain.PlacedLog;
import java.util.List;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionOperations;

/** Shows the logs that are not final yet to those who tell early. */
@Component
class TellEarly {
  private final List<LowersEarly> tellers;
  private final TransactionOperations transaction;

  TellEarly(List<LowersEarly> tellers, TransactionOperations transaction) {
    this.tellers = List.copyOf(tellers);
    this.transaction = transaction;
  }

  void tell(List<PlacedLog> logs) {
    if (!logs.isEmpty()) {
      transaction.executeWithoutResult(_ -> tellers.forEach(teller -> teller.tell(logs)));
    }
  }
}
