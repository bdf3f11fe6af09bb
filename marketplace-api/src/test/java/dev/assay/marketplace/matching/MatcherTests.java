package dev.assay.marketplace.matching;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.marketplace.job.Tier;
import dev.assay.marketplace.job.Wishes;
import dev.assay.marketplace.matching.Candidates.Parked;
import dev.assay.marketplace.offer.Offer;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.content.ProfileClass;
import dev.assay.protocol.content.UnitPrice;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.function.Function;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The index chooses whom a search through all would choose, whoever has come and gone before. */
class MatcherTests {
  private static final List<String> REGIONS = List.of("eu", "us-east", "us-west", "asia", "af");

  private final Candidates candidates = new Candidates();
  private final Map<Poll, Parked> waiting = new HashMap<>();
  private final Map<WalletAddress, TokenAmount> stakes = new HashMap<>();
  private long arrivals;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void no_search_through_all_finds_a_better_one(long seed) {
    var chance = new SplittableRandom(seed);
    int matched = 0;
    for (int step = 0; step < 3_000; step++) {
      if (waiting.size() < 20 || chance.nextInt(3) > 0 && waiting.size() < 400) {
        arrive(chance);
      } else {
        leave(chance);
      }
      OpenJob open = job(chance);
      Optional<Parked> best =
          waiting.values().stream()
              .filter(parked ->
                  EligibilityPolicy.of(open, standing().apply(parked), Examples.NOON)
                      instanceof Eligibility.Eligible)
              .min(Parked.order(open.job().wishes().sort()));

      Optional<Parked> found = Matcher.match(open, candidates, standing(), Examples.NOON);

      assertThat(found).as("seed %d, step %d", seed, step).isEqualTo(best);
      if (found.isPresent()) {
        matched++;
        remove(found.get().poll());
      }
    }
    assertThat(matched).isBetween(500, 2_900);
  }

  private void arrive(SplittableRandom chance) {
    WalletAddress wallet = Examples.wallet(1 + chance.nextInt(200));
    var offer =
        new Offer(
            wallet,
            Examples.MODEL,
            ProfileClass.F32_CPU,
            new UnitPrice(TokenAmount.of(chance.nextInt(50) * 1_000L)),
            new UnitPrice(TokenAmount.of(chance.nextInt(3) * 1_000L)),
            4,
            REGIONS.get(chance.nextInt(REGIONS.size())));
    // The stake of a worker is one, however often it waits.
    TokenAmount stake =
        stakes.computeIfAbsent(
            wallet,
            _ ->
                chance.nextInt(20) == 0
                    ? TokenAmount.MAX
                    : TokenAmount.of(chance.nextInt(1_000_000)));
    var parked =
        Parked.of(
            new Poll(wallet, 1, Optional.empty()),
            offer,
            stake,
            Duration.ofMillis(chance.nextInt(90_000)).toNanos(),
            arrivals++);
    candidates.add(parked);
    waiting.put(parked.poll(), parked);
  }

  private void leave(SplittableRandom chance) {
    remove(new ArrayList<>(waiting.keySet()).get(chance.nextInt(waiting.size())));
  }

  private void remove(Poll poll) {
    candidates.remove(poll);
    waiting.remove(poll);
  }

  private static Function<Parked, Standing> standing() {
    return parked ->
        new Standing(
            parked.offer(),
            TokenAmount.of(new BigInteger(Long.toUnsignedString(parked.stakeUnits()))),
            TokenAmount.ZERO,
            Examples.GROWN,
            parked.arrival() % 7 == 0 ? 4 : 0, // some are busy
            Duration.ofNanos(parked.paceNanos()),
            "");
  }

  private static OpenJob job(SplittableRandom chance) {
    TreeSet<String> regions = new TreeSet<>();
    if (chance.nextInt(3) == 0) {
      regions.add(REGIONS.get(chance.nextInt(REGIONS.size())));
    }
    TreeSet<WalletAddress> only = new TreeSet<>();
    TreeSet<WalletAddress> ignore = new TreeSet<>();
    for (int i = 0; i < 8; i++) {
      (chance.nextInt(4) == 0 ? only : ignore).add(Examples.wallet(1 + chance.nextInt(200)));
    }
    if (chance.nextInt(4) > 0) {
      only.clear();
    }
    var wishes =
        new Wishes(
            Wishes.Sort.values()[chance.nextInt(3)],
            only,
            ignore,
            regions,
            TokenAmount.of(chance.nextInt(2) * (long) chance.nextInt(1_000_000)));
    return Examples.job(
        Examples.wallet(1 + chance.nextInt(200)),
        Tier.STANDARD,
        chance.nextInt(5_000),
        wishes,
        chance.nextInt(200));
  }
}
