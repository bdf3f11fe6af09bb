package dev.assay.marketplace.purse;

import dev.assay.determinism.CrashPoint;
import dev.assay.marketplace.purse.Purses.Draft;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import java.util.List;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionOperations;

/** Takes what the chain says of a requester's account: in any order, as often as it comes. */
@Service
public class RecordPurse {
  private final Purses purses;
  private final TransactionOperations transaction;

  RecordPurse(Purses purses, TransactionOperations transaction) {
    this.purses = purses;
    this.transaction = transaction;
  }

  /**
   * Ignored if something later is known.
   *
   * @throws IllegalStateException if something else is known of the same place on the chain
   */
  public void record(Purse purse) {
    transaction.executeWithoutResult(_ -> {
      Purse before = purses.lockOrOpen(purse.requester()).purse();
      if (before.position() == purse.position() && !before.equals(purse)) {
        throw new IllegalStateException(
            "Two facts of one place on the chain: %s and %s".formatted(before, purse));
      }
      if (before.position() < purse.position()) {
        purses.moveOn(before, purse);
        follow(purse.requester(), entrusted(before), entrusted(purse));
      }
      CrashPoint.API_INTAKE_BEFORE_COMMIT.reached();
    });
  }

  /** What came in and has not gone out: a settlement moves it from one figure to the other. */
  private static TokenAmount entrusted(Purse purse) {
    return purse.balance().plus(purse.spent());
  }

  private void follow(WalletAddress requester, TokenAmount before, TokenAmount now) {
    String available = Purses.available(requester);
    int change = now.compareTo(before);
    if (change > 0) {
      purses.write(List.of(new Draft("fund", Purses.ESCROW, available, now.minus(before), null)));
    } else if (change < 0) {
      purses.write(
          List.of(new Draft("withdraw", available, Purses.ESCROW, before.minus(now), null)));
    }
  }
}
