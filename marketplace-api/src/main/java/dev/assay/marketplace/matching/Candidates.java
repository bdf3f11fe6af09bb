package dev.assay.marketplace.matching;

import dev.assay.marketplace.job.Wishes;
import dev.assay.marketplace.offer.Offer;
import dev.assay.protocol.TokenAmount;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeSet;

/** Parked workers of one model, sorted by each thing that a requester may sort by. */
final class Candidates {
  private final Map<Poll, List<Parked>> byPoll = new HashMap<>();
  private final SortedSet<Parked> byPrice = new TreeSet<>(Parked.CHEAPEST_FIRST);
  private final SortedSet<Parked> byPace = new TreeSet<>(Parked.FASTEST_FIRST);
  private final SortedSet<Parked> byStake = new TreeSet<>(Parked.MOST_STAKED_FIRST);

  /**
   * A worker that waits; what it is sorted by is as it was when it began to.
   *
   * @param arrival the longest waiting is first among equals
   */
  record Parked(Poll poll, Offer offer, long paceNanos, TokenAmount freeStake, long arrival) {
    private static final Comparator<Parked> FIRST_COME = Comparator.comparingLong(Parked::arrival);
    static final Comparator<Parked> CHEAPEST_FIRST =
        Comparator.comparing(Parked::blendedPrice).thenComparing(FIRST_COME);
    static final Comparator<Parked> FASTEST_FIRST =
        Comparator.comparingLong(Parked::paceNanos).thenComparing(CHEAPEST_FIRST);
    static final Comparator<Parked> MOST_STAKED_FIRST =
        Comparator.comparing(Parked::freeStake).reversed().thenComparing(CHEAPEST_FIRST);

    /** Of a million units in and out; an embeddings model has no output units to price. */
    private BigInteger blendedPrice() {
      return offer
          .inputPrice()
          .perMillion()
          .toBigInteger()
          .add(offer.outputPrice().perMillion().toBigInteger());
    }
  }

  void add(Parked parked) {
    byPoll.computeIfAbsent(parked.poll(), _ -> new ArrayList<>()).add(parked);
    byPrice.add(parked);
    byPace.add(parked);
    byStake.add(parked);
  }

  void remove(Poll poll) {
    for (Parked parked : Objects.requireNonNullElse(byPoll.remove(poll), List.<Parked>of())) {
      byPrice.remove(parked);
      byPace.remove(parked);
      byStake.remove(parked);
    }
  }

  /** Best first. */
  Collection<Parked> sorted(Wishes.Sort sort) {
    return switch (sort) {
      case PRICE -> byPrice;
      case LATENCY -> byPace;
      case STAKE -> byStake;
    };
  }
}
