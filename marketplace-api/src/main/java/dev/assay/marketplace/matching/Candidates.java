package dev.assay.marketplace.matching;

import dev.assay.marketplace.job.Wishes;
import dev.assay.marketplace.offer.Offer;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.content.UnitPrice;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/** Parked workers of one model, sorted by each thing that a requester may sort by. */
final class Candidates {
  /** How many places a search looks at before the job waits for the next worker to come. */
  private static final int DEPTH = 16_384;

  /** A worker has few polls and few offers: its places are looked through. */
  private final Map<WalletAddress, List<Parked>> byWorker = new HashMap<>();

  private final Map<Wishes.Sort, CandidateTree> trees = new EnumMap<>(Wishes.Sort.class);

  Candidates() {
    for (Wishes.Sort sort : Wishes.Sort.values()) {
      trees.put(sort, new CandidateTree(Parked.key(sort)));
    }
  }

  /**
   * A worker that waits; what it is sorted by is as it was when it began to.
   *
   * @param inputPrice atomic units for a million; at most 10¹⁵, as {@link UnitPrice} sees to
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
    static Parked of(Poll poll, Offer offer, TokenAmount freeStake, long paceNanos, long arrival) {
      return new Parked(
          poll,
          offer,
          offer.inputPrice().perMillion().bits(),
          offer.outputPrice().perMillion().bits(),
          freeStake.bits(),
          paceNanos,
          JobLimits.regionBit(offer.region()),
          arrival);
    }

    long price() {
      return inputPrice + outputPrice;
    }

    /** What it is sorted by first, the least first. */
    static ToLongFunction<Parked> key(Wishes.Sort sort) {
      return switch (sort) {
        case PRICE -> Parked::price;
        case LATENCY -> Parked::paceNanos;
        // The order of numbers without a sign, turned round.
        case STAKE -> parked -> Long.MAX_VALUE - parked.stakeUnits;
      };
    }

    static Comparator<Parked> order(Wishes.Sort sort) {
      return Comparator.comparingLong(key(sort))
          .thenComparingLong(Parked::price)
          .thenComparingLong(Parked::arrival);
    }
  }

  void add(Parked parked) {
    byWorker.computeIfAbsent(parked.poll().worker(), _ -> new ArrayList<>(1)).add(parked);
    trees.values().forEach(tree -> tree.add(parked));
  }

  void remove(Poll poll) {
    List<Parked> waiting = byWorker.get(poll.worker());
    if (waiting == null) {
      return;
    }
    for (int i = waiting.size() - 1; i >= 0; i--) {
      Parked parked = waiting.get(i);
      if (parked.poll() == poll) {
        trees.values().forEach(tree -> tree.remove(parked));
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
    CandidateTree tree = Objects.requireNonNull(trees.get(sort));
    return Optional.ofNullable(tree.first(limits, mayHave, DEPTH));
  }

  /** As {@link #first}, among a few workers. */
  Optional<Parked> firstAmong(
      Collection<WalletAddress> workers, Wishes.Sort sort, Predicate<Parked> mayHave) {
    return workers.stream()
        .flatMap(worker -> byWorker.getOrDefault(worker, List.of()).stream())
        .filter(mayHave)
        .min(Parked.order(sort));
  }
}
