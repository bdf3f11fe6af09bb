package dev.assay.marketplace.purse;

import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import java.util.List;
import java.util.UUID;

/**
 * Money to be held for jobs that are posted together: for all of them or for none.
 *
 * @param each the most that each of the jobs may cost
 */
public record Reservation(List<UUID> jobs, WalletAddress requester, TokenAmount each) {
  public Reservation {
    jobs = List.copyOf(jobs);
  }

  /** For one job. */
  public Reservation(UUID job, WalletAddress requester, TokenAmount amount) {
    this(List.of(job), requester, amount);
  }

  /** The first of them. */
  public UUID job() {
    return jobs.getFirst();
  }

  /** For all of them. */
  public TokenAmount amount() {
    return each.times(jobs.size());
  }
}
