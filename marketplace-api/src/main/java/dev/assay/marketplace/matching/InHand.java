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
import org.springframework.stereotype.Component;

/**
 * What workers have in hand, from the proposal until the attempt is over, whichever replica gave
 * it; and how long they have taken of late. The one place that knows.
 */
@Component
public class InHand {
  private final Map<JobId, Map<Hold, Held>> byJob = new HashMap<>();
  private final Map<WalletAddress, Set<Hold>> byWorker = new HashMap<>();
  private final Map<WalletAddress, TokenAmount> atRisk = new HashMap<>();
  private final Map<Sold, Integer> live = new HashMap<>();
  private final Map<Sold, Long> paceNanos = new HashMap<>();
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

  private record Sold(WalletAddress worker, Digest model) {
    static Sold of(Offer offer) {
      return new Sold(offer.worker(), offer.modelDigest());
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
        (_, theirs) -> {
          theirs.remove(hold);
          return theirs.isEmpty() ? null : theirs;
        });
    atRisk.computeIfPresent(
        hold.worker(), (_, risk) -> risk.equals(held.price) ? null : risk.minus(held.price));
    live.computeIfPresent(
        new Sold(hold.worker(), held.model), (_, count) -> count == 1 ? null : count - 1);
    return true;
  }

  private void begin(Hold hold, Held held) {
    Held before = byJob.computeIfAbsent(hold.job(), _ -> new LinkedHashMap<>()).put(hold, held);
    if (before == null) {
      byWorker.computeIfAbsent(hold.worker(), _ -> new LinkedHashSet<>()).add(hold);
      atRisk.merge(hold.worker(), held.price, TokenAmount::plus);
      live.merge(new Sold(hold.worker(), held.model), 1, Integer::sum);
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
    byWorker
        .getOrDefault(worker, Set.of())
        .forEach(hold -> {
          Held held = byJob.getOrDefault(hold.job(), Map.of()).get(hold);
          if (held != null && held.isLeased) {
            leased.add(hold.attempt());
          }
        });
    return leased;
  }

  /** What a worker's attempts in hand would be paid at most. */
  public synchronized TokenAmount atRisk(WalletAddress worker) {
    return atRisk.getOrDefault(worker, TokenAmount.ZERO);
  }

  synchronized int live(Offer offer) {
    return live.getOrDefault(Sold.of(offer), 0);
  }

  /**
   * A moving average; one slow attempt in a hundred hardly counts.
   *
   * @param isProven whether the worker has passed an audit: how fast the others are says nothing,
   *     since it is quick to make an answer up
   */
  public synchronized void took(Offer offer, Duration attempt, boolean isProven) {
    paceNanos.merge(Sold.of(offer), attempt.toNanos(), InHand::average);
    if (isProven) {
      typicalNanos.merge(offer.modelDigest(), attempt.toNanos(), InHand::average);
    }
  }

  private static long average(long before, long now) {
    return before + (now - before) / 8;
  }

  /** Of workers that have passed audits; zero if none is known. */
  private Duration typical(Digest model) {
    return Duration.ofNanos(typicalNanos.getOrDefault(model, 0L));
  }

  /** Of a worker that was never audited no less than is typical: its speed is not believed yet. */
  synchronized Duration pace(Offer offer, boolean isProven) {
    Duration own = Duration.ofNanos(paceNanos.getOrDefault(Sold.of(offer), 0L));
    Duration typical = typical(offer.modelDigest());
    return isProven || own.compareTo(typical) > 0 ? own : typical;
  }
}
