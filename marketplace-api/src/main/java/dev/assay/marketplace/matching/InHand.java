package dev.assay.marketplace.matching;

import dev.assay.marketplace.offer.Offer;
import dev.assay.protocol.Digest;
import dev.assay.protocol.JobId;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.wire.AttemptRef;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * What workers have in hand, from the proposal until the attempt is over, whichever replica gave
 * it; and how long they have taken of late. The one place that knows.
 */
@Component
public class InHand {
  private final Map<JobId, Map<Hold, Held>> byJob = new HashMap<>();
  private final Map<WalletAddress, Hand> byWorker = new HashMap<>();
  private final Map<Digest, Long> typicalNanos = new HashMap<>();

  /** A worker's attempt at a job. Two replicas may propose one attempt to two workers. */
  public record Hold(JobId job, AttemptRef attempt, WalletAddress worker) {
    public static Hold of(Proposal proposal) {
      OpenJob open = proposal.open();
      return new Hold(
          open.job().id(),
          new AttemptRef(open.job().signedId(), open.attempt()),
          proposal.offer().worker());
    }
  }

  private record Held(Digest model, TokenAmount price, boolean isLeased) {}

  /** One worker's. */
  private static final class Hand {
    private final Set<Hold> holds = new LinkedHashSet<>();
    private TokenAmount atRisk = TokenAmount.ZERO;

    /** A worker sells few models: they are looked through. */
    private final List<Trade> trades = new ArrayList<>(1);

    @Nullable Trade in(Digest model) {
      for (Trade trade : trades) {
        if (trade.model.equals(model)) {
          return trade;
        }
      }
      return null;
    }

    Trade begun(Digest model) {
      Trade known = in(model);
      if (known != null) {
        return known;
      }
      var trade = new Trade(model);
      trades.add(trade);
      return trade;
    }
  }

  /** A worker's, in one model. */
  private static final class Trade {
    private final Digest model;
    private int live;

    /** Zero while none is known. */
    private long paceNanos;

    Trade(Digest model) {
      this.model = model;
    }
  }

  /** A proposal; does nothing if it is in hand already. */
  synchronized void propose(Proposal proposal) {
    begin(Hold.of(proposal), new Held(proposal.offer().modelDigest(), proposal.price(), false));
  }

  /** It is a lease, whether or not it was proposed here. */
  public synchronized void lease(Hold hold, Digest model, TokenAmount price) {
    begin(hold, new Held(model, price, true));
  }

  /**
   * It is over, or never became a lease.
   *
   * @return whether it was in hand
   */
  public synchronized boolean end(Hold hold) {
    Map<Hold, Held> holds = byJob.get(hold.job());
    Held held = holds == null ? null : holds.remove(hold);
    if (holds == null || held == null) {
      return false;
    }
    if (holds.isEmpty()) {
      byJob.remove(hold.job());
    }
    byWorker.computeIfPresent(
        hold.worker(),
        (_, hand) -> {
          hand.holds.remove(hold);
          hand.atRisk = hand.atRisk.minus(held.price);
          hand.begun(held.model).live--;
          hand.trades.removeIf(trade -> trade.live == 0 && trade.paceNanos == 0);
          return hand.holds.isEmpty() && hand.trades.isEmpty() ? null : hand;
        });
    return true;
  }

  private void begin(Hold hold, Held held) {
    Held before = byJob.computeIfAbsent(hold.job(), _ -> new LinkedHashMap<>()).put(hold, held);
    if (before == null) {
      Hand hand = byWorker.computeIfAbsent(hold.worker(), _ -> new Hand());
      hand.holds.add(hold);
      hand.atRisk = hand.atRisk.plus(held.price);
      hand.begun(held.model).live++;
    }
  }

  /** Whether somebody has the job in hand, or is about to. */
  public synchronized boolean has(JobId job) {
    return byJob.containsKey(job);
  }

  /** Leases on a job, in the order in which they became known. */
  public synchronized List<Hold> leased(JobId job) {
    List<Hold> leased = new ArrayList<>();
    byJob
        .getOrDefault(job, Map.of())
        .forEach((hold, held) -> {
          if (held.isLeased) {
            leased.add(hold);
          }
        });
    return leased;
  }

  /** Leases of a worker. */
  public synchronized List<AttemptRef> leased(WalletAddress worker) {
    List<AttemptRef> leased = new ArrayList<>();
    Hand hand = byWorker.get(worker);
    if (hand != null) {
      for (Hold hold : hand.holds) {
        Held held = byJob.getOrDefault(hold.job(), Map.of()).get(hold);
        if (held != null && held.isLeased) {
          leased.add(hold.attempt());
        }
      }
    }
    return leased;
  }

  /** What a worker's attempts in hand would be paid at most. */
  public synchronized TokenAmount atRisk(WalletAddress worker) {
    Hand hand = byWorker.get(worker);
    return hand == null ? TokenAmount.ZERO : hand.atRisk;
  }

  /**
   * How a worker stands with regard to an offer of its own.
   *
   * @param atRisk what all its attempts in hand would be paid at most
   * @param live its attempts at jobs of the offer's model
   * @param pace of a worker that was never audited no less than is typical: its speed is not
   *     believed yet
   */
  record Load(TokenAmount atRisk, int live, Duration pace) {}

  synchronized Load load(Offer offer, boolean isProven) {
    Hand hand = byWorker.get(offer.worker());
    Trade trade = hand == null ? null : hand.in(offer.modelDigest());
    return new Load(
        hand == null ? TokenAmount.ZERO : hand.atRisk,
        trade == null ? 0 : trade.live,
        pace(offer, trade, isProven));
  }

  /**
   * A moving average; one slow attempt in a hundred hardly counts.
   *
   * @param isProven whether the worker has passed an audit: how fast the others are says nothing,
   *     since it is quick to make an answer up
   */
  public synchronized void took(Offer offer, Duration attempt, boolean isProven) {
    Trade trade =
        byWorker.computeIfAbsent(offer.worker(), _ -> new Hand()).begun(offer.modelDigest());
    trade.paceNanos =
        trade.paceNanos == 0 ? attempt.toNanos() : average(trade.paceNanos, attempt.toNanos());
    if (isProven) {
      typicalNanos.merge(offer.modelDigest(), attempt.toNanos(), InHand::average);
    }
  }

  private static long average(long before, long now) {
    return before + (now - before) / 8;
  }

  /** Zero if none is known. */
  private Duration pace(Offer offer, @Nullable Trade trade, boolean isProven) {
    long own = trade == null ? 0 : trade.paceNanos;
    return Duration.ofNanos(
        isProven ? own : Math.max(own, typicalNanos.getOrDefault(offer.modelDigest(), 0L)));
  }
}
