package dev.assay.marketplace.matching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.assay.marketplace.job.Wishes;
import dev.assay.marketplace.matching.Candidates.Parked;
import dev.assay.marketplace.offer.Offer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The tree is a sorted set that finds the first within limits, however it came to be as it is. */
class CandidateTreeTests {
  private static final int ALL = Integer.MAX_VALUE;
  private static final JobLimits NONE =
      new JobLimits(Double.MAX_VALUE, 1_000, 1_000, 0, Long.MAX_VALUE, -1);

  private long arrivals;

  @ParameterizedTest
  @EnumSource
  void it_finds_what_a_sorted_set_has_first_while_it_grows_shrinks_and_empties(Wishes.Sort sort) {
    for (long seed = 1; seed <= 3; seed++) {
      var chance = new SplittableRandom(seed);
      var tree = new CandidateTree(Parked.key(sort));
      var model = new TreeSet<>(Parked.order(sort));
      for (int most : new int[] {40, 3_000, 0, 300, 0}) {
        while (model.size() != most) {
          boolean isFull = model.size() > most;
          if (model.isEmpty() || chance.nextInt(4) > 0 != isFull) {
            Parked parked = parked(chance);
            tree.add(parked);
            model.add(parked);
          } else {
            Parked parked = isFull ? either(model, chance) : near(model, chance);
            tree.remove(parked);
            model.remove(parked);
          }
          if (chance.nextInt(8) == 0) {
            JobLimits limits = limits(chance);
            long odd = chance.nextInt(3);
            assertThat(
                    Optional.ofNullable(tree.first(limits, one -> one.arrival() % 3 != odd, ALL)))
                .as("seed %d, %d arrivals", seed, arrivals)
                .isEqualTo(
                    model.stream()
                        .filter(one -> meets(one, limits) && one.arrival() % 3 != odd)
                        .findFirst());
          }
        }
        assertThat(inOrder(tree)).containsExactlyElementsOf(model);
      }
    }
  }

  @Test
  void of_equals_the_one_that_has_waited_longest_is_first() {
    var tree = new CandidateTree(Parked.key(Wishes.Sort.PRICE));
    List<Parked> equals = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      equals.add(parked(7, 0, 5, 5, 1));
    }
    equals.reversed().forEach(tree::add);

    assertThat(inOrder(tree)).containsExactlyElementsOf(equals);
  }

  @Test
  void a_stake_beyond_what_a_signed_number_holds_is_larger_than_any_within() {
    var tree = new CandidateTree(Parked.key(Wishes.Sort.STAKE));
    Parked none = parked(1, 0, 0, 1, 1);
    Parked large = parked(1, 0, Long.MAX_VALUE, 1, 1);
    Parked larger = parked(1, 0, Long.MIN_VALUE, 1, 1);
    Parked largest = parked(1, 0, -1, 1, 1);
    List.of(large, largest, none, larger).forEach(tree::add);

    assertThat(inOrder(tree)).containsExactly(largest, larger, large, none);
  }

  @Test
  void who_does_not_wait_cannot_be_taken_out() {
    var tree = new CandidateTree(Parked.key(Wishes.Sort.PRICE));
    Parked gone = parked(5, 0, 5, 5, 1);
    assertThatIllegalStateException().isThrownBy(() -> tree.remove(gone));

    for (int i = 0; i < 100; i++) {
      tree.add(parked(i, 0, 5, 5, 1));
    }
    assertThatIllegalStateException().isThrownBy(() -> tree.remove(gone));

    tree.add(gone);
    tree.remove(gone);
    assertThatIllegalStateException().isThrownBy(() -> tree.remove(gone));
  }

  @Test
  void limits_that_many_meet_one_by_one_and_nobody_together_end_the_search() {
    var tree = new CandidateTree(Parked.key(Wishes.Sort.LATENCY));
    for (int i = 0; i < 20_000; i++) { // in one region they have no stake
      tree.add(i % 2 == 0 ? parked(1, 0, 9, i, 1) : parked(1, 0, 0, i, 2));
    }
    var limits = new JobLimits(Double.MAX_VALUE, 1_000, 1_000, 5, Long.MAX_VALUE, 2);
    Parked both = parked(1, 0, 9, 20_000, 2);
    tree.add(both);

    assertThat(tree.first(limits, _ -> true, 1_000)).isNull();
    assertThat(tree.first(limits, _ -> true, ALL)).isEqualTo(both);
  }

  /** All of them, by asking for the first that was not found yet. */
  private static List<Parked> inOrder(CandidateTree tree) {
    List<Parked> found = new ArrayList<>();
    tree.first(
        NONE,
        one -> {
          found.add(one);
          return false;
        },
        ALL);
    return found;
  }

  /** So that whole branches become empty. */
  private static Parked near(TreeSet<Parked> model, SplittableRandom chance) {
    Parked next = model.ceiling(either(model, chance));
    return next == null ? model.first() : next;
  }

  private static Parked either(TreeSet<Parked> model, SplittableRandom chance) {
    return switch (chance.nextInt(4)) {
      case 0 -> model.last();
      case 1 -> model.stream().skip(chance.nextInt(model.size())).findFirst().orElseThrow();
      default -> model.first();
    };
  }

  private static boolean meets(Parked one, JobLimits limits) {
    return limits.canBeMet(
        one.inputPrice(), one.outputPrice(), one.stakeUnits(), one.paceNanos(), one.regionBit());
  }

  private static JobLimits limits(SplittableRandom chance) {
    return new JobLimits(
        chance.nextBoolean() ? Double.MAX_VALUE : chance.nextInt(60_000),
        1_000,
        chance.nextInt(2) * 1_000L,
        chance.nextBoolean() ? 0 : chance.nextInt(1_000),
        chance.nextBoolean() ? Long.MAX_VALUE : 1 + chance.nextInt(100),
        chance.nextBoolean() ? -1 : 1L << chance.nextInt(5));
  }

  private Parked parked(SplittableRandom chance) {
    return parked(
        chance.nextInt(50),
        chance.nextInt(3),
        chance.nextInt(20) == 0 ? -1 : chance.nextInt(1_000),
        chance.nextInt(100),
        1L << chance.nextInt(5));
  }

  private Parked parked(long input, long output, long stake, long pace, long region) {
    Offer offer = Examples.offer(1, input);
    var poll = new Poll(offer.worker(), 1, Optional.empty());
    return new Parked(poll, offer, input, output, stake, pace, region, arrivals++);
  }
}
