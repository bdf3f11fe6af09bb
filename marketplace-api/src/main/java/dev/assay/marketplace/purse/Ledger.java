package dev.assay.marketplace.purse;

import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import java.util.List;
import java.util.UUID;
import org.springframework.stereotype.Service;

/**
 * Double entry, append-only. Every method works in the transaction of its caller, and takes many at
 * once because the hot paths commit in groups. A job is reserved once, and then charged or released
 * once: the database refuses a second.
 */
@Service
public class Ledger {
  /**
   * Holds money for new jobs.
   *
   * @return one answer for each, in order; several of one requester are decided in order
   */
  public List<ReserveResult> reserve(List<Reservation> reservations) {
    throw new UnsupportedOperationException();
  }

  /** Ends reservations by paying. */
  public void charge(List<Charge> charges) {
    throw new UnsupportedOperationException();
  }

  /** Ends reservations by giving all back. */
  public void release(List<UUID> jobs) {
    throw new UnsupportedOperationException();
  }

  /** Earned and not yet settled on chain. */
  public TokenAmount pendingOf(WalletAddress worker) {
    throw new UnsupportedOperationException();
  }
}
