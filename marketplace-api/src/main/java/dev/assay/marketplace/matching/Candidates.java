package dev.assay.marketplace.matching;

import dev.assay.marketplace.job.Wishes;
import dev.assay.marketplace.offer.Offer;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/** Parked workers of one model, sorted by each thing that a requester may sort by. */
final class Candidates {
  /** How many places a search looks at before the job waits for the next worker to come. */
  private static final int DEPTH = 4_096;

  /** A worker has few polls and few offers: its places are looked through. */
  private final Map<WalletAddress, List<Places>> byWorker = new HashMap<>();

  private final CandidateTree byPrice = new CandidateTree(Parked.CHEAPEST_FIRST);
  private final CandidateTree byPace = new CandidateTree(Parked.FASTEST_FIRST);
  private final CandidateTree byStake = new CandidateTree(Parked.MOST_STAKED_FIRST);

  private record Places(
      Parked parked,
      CandidateTree.Node byPrice,
      CandidateTree.Node byPace,
      CandidateTree.Node byStake) {}

  /**
   * A worker that waits; what it is sorted by is as it was when it began to.
   *
   * @param inputPrice atomic units for a million
   * @param outputPrice atomic units for a million; an embeddings model has no output units to price
   * @param stakeUnits free, in atomic units, without a sign
   * @param regionBit as in {@link JobLimits}
   * @param arrival the longest waiting is first among equals
   */
  record Parked(
      Poll poll,
      Offer offer,
      long inputPrice,
      long outputPrice,
      long stakeUnits,
      long paceNanos,
      long regionBit,
      long arrival) {
    static final Comparator<Parked> CHEAPEST_FIRST =
        (a, b) -> {
          int byPrice = Long.compare(a.inputPrice + a.outputPrice, b.inputPrice + b.outputPrice);
          return byPrice != 0 ? byPrice : Long.compare(a.arrival, b.arrival);
        };
    static final Comparator<Parked> FASTEST_FIRST =
        (a, b) -> {
          int byPace = Long.compare(a.paceNanos, b.paceNanos);
          return byPace != 0 ? byPace : CHEAPEST_FIRST.compare(a, b);
        };
    static final Comparator<Parked> MOST_STAKED_FIRST =
        (a, b) -> {
          int byStake = Long.compareUnsigned(b.stakeUnits, a.stakeUnits);
          return byStake != 0 ? byStake : CHEAPEST_FIRST.compare(a, b);
        };

    static Parked of(Poll poll, Offer offer, TokenAmount freeStake, long paceNanos, long arrival) {
      return new Parked(
          poll,
          offer,
          // At most 10¹⁵ each, as UnitPrice sees to.
          offer.inputPrice().perMillion().toBigInteger().longValueExact(),
          offer.outputPrice().perMillion().toBigInteger().longValueExact(),
          freeStake.toBigInteger().longValue(),
          paceNanos,
          JobLimits.regionBit(offer.region()),
          arrival);
    }

    static Comparator<Parked> order(Wishes.Sort sort) {
      return switch (sort) {
        case PRICE -> CHEAPEST_FIRST;
        case LATENCY -> FASTEST_FIRST;
        case STAKE -> MOST_STAKED_FIRST;
      };
    }
  }

  void add(Parked parked) {
    byWorker
        .computeIfAbsent(parked.poll().worker(), _ -> new ArrayList<>(1))
        .add(new Places(parked, byPrice.add(parked), byPace.add(parked), byStake.add(parked)));
  }

  void remove(Poll poll) {
    List<Places> waiting = byWorker.get(poll.worker());
    if (waiting == null) {
      return;
    }
    for (int i = waiting.size() - 1; i >= 0; i--) {
      Places places = waiting.get(i);
      if (places.parked().poll() == poll) {
        byPrice.remove(places.byPrice());
        byPace.remove(places.byPace());
        byStake.remove(places.byStake());
        waiting.remove(i);
      }
    }
    if (waiting.isEmpty()) {
      byWorker.remove(poll.worker());
    }
  }

  boolean isEmpty() {
    return byWorker.isEmpty();
  }

  boolean contains(WalletAddress worker) {
    return byWorker.containsKey(worker);
  }

  /** The first in the order of {@code sort} that meets the limits and may have the job. */
  Optional<Parked> first(Wishes.Sort sort, JobLimits limits, Predicate<Parked> mayHave) {
    CandidateTree tree =
        switch (sort) {
          case PRICE -> byPrice;
          case LATENCY -> byPace;
          case STAKE -> byStake;
        };
    return Optional.ofNullable(tree.first(limits, mayHave, DEPTH));
  }

  /** As {@link #first}, among a few workers. */
  Optional<Parked> firstAmong(
      Collection<WalletAddress> workers, Wishes.Sort sort, Predicate<Parked> mayHave) {
    return workers.stream()
        .flatMap(worker -> byWorker.getOrDefault(worker, List.of()).stream())
        .map(Places::parked)
        .filter(mayHave)
        .min(Parked.order(sort));
  }
}
