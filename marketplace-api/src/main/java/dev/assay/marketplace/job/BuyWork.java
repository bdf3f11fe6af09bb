package dev.assay.marketplace.job;

import dev.assay.marketplace.identity.Caller;
import dev.assay.marketplace.model.Model;
import dev.assay.marketplace.platform.Problem;
import dev.assay.protocol.JobId;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.content.JobInput;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.springframework.stereotype.Service;

/**
 * Posts a job for the market itself, on the path that every requester's takes: the same price,
 * queue and lease, so that who gets it cannot tell.
 */
@Service
public class BuyWork {
  private final PostJob posting;

  BuyWork(PostJob posting) {
    this.posting = posting;
  }

  /**
   * @param id kept by the caller before it buys: the same order again is the same job
   * @param buyer whose purse pays
   * @param worker the only one that may have it
   * @param patience from posting to the deadline
   */
  public record Order(
      JobId id,
      WalletAddress buyer,
      Model model,
      JobInput input,
      WalletAddress worker,
      Tier tier,
      Duration patience) {
    /** Without the input, which is a requester's own. */
    @Override
    public String toString() {
      return "Order[%s, by %s]".formatted(id, worker);
    }
  }

  /**
   * @throws Problem if the worker does not serve the model, or the purse has not enough
   */
  public Job buy(Order order) {
    var wishes = Wishes.of(null, List.of(order.worker()), null, null, null);
    var request =
        new PostJobRequest(
            order.id(),
            order.model().name(),
            order.input(),
            null,
            order.tier(),
            Math.toIntExact(Math.max(1, order.patience().toSeconds())),
            wishes,
            null);
    var buyer =
        new Caller(
            order.buyer(), Caller.Audience.REQUESTER, Optional.empty(), Optional.empty(), Set.of());
    return posting.postToFinish(buyer, request).job();
  }
}
