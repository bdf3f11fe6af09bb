package dev.assay.protocol.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.assay.protocol.BasisPoints;
import dev.assay.protocol.Beacon;
import dev.assay.protocol.Digest;
import dev.assay.protocol.Outcome;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AuditRulesTests {
  private static final WalletAddress WORKER = wallet(0);

  // --- rate ------------------------------------------------------------------------------------

  @ParameterizedTest
  @CsvSource({
    // price, gain, loss, passes, rate
    "1000, 650, 250000, 0, 10000",
    "1000, 650, 250000, 4, 10000",
    "1000, 650, 250000, 5, 8000",
    "1000, 650, 250000, 7, 5715",
    "1000, 650, 250000, 133, 301",
    "1000, 650, 250000, 134, 300",
    "1000, 650, 250000, 1000000, 300",
    "1000, 650, 5000, 1000000, 1152",
    "1000, 900, 10000, 1000000, 871",
    "1000, 300, 5000, 1000000, 532",
    "1000, 1000, 0, 1000000, 10000",
    "1000, 0, 0, 1000000, 300",
    "0, 0, 0, 1000000, 300",
  })
  void a_rate_follows_the_floor_the_incentive_and_the_entry(
      long price, long gain, long loss, int passes, int rate) {
    assertThat(rate(price, gain, loss, passes).value()).isEqualTo(rate);
  }

  /** (H): with the rate that the rule gives, a cheat expects less than an honest worker. */
  @Test
  void at_the_rate_of_the_rule_honesty_pays_more_whatever_the_job_and_the_stake() {
    long seed = 20_261_125;
    Random chance = new Random(seed);
    for (int i = 0; i < 100_000; i++) {
      long price = 1 + chance.nextLong(1_000_000_000L);
      long gain = chance.nextLong(price + 1);
      long loss = chance.nextLong(1_000_000_000_000L);
      int passes = chance.nextInt(100_000);
      double p = rate(price, gain, loss, passes).value() / 1e4;
      double delta = 0.9405;
      double alpha = 1e-4;
      double honest = price - p * alpha * loss;
      double cheat = price * (1 - p * delta) + gain - p * delta * loss;

      // At the whole nothing more can be done; with no loss the price alone must hold.
      assertThat(honest >= cheat - 1e-6 * price || p == 1)
          .as("seed %d: price %d, gain %d, loss %d, passes %d", seed, price, gain, loss, passes)
          .isTrue();
      assertThat(p).isBetween(0.03, 1.0);
    }
  }

  @Test
  void a_longer_record_never_raises_the_rate_and_a_larger_gain_never_lowers_it() {
    for (int passes = 0; passes < 500; passes++) {
      assertThat(rate(1000, 650, 5000, passes + 1))
          .isLessThanOrEqualTo(rate(1000, 650, 5000, passes));
    }
    for (long gain = 0; gain < 1000; gain += 10) {
      assertThat(rate(1000, gain + 10, 5000, 900))
          .isGreaterThanOrEqualTo(rate(1000, gain, 5000, 900));
    }
  }

  @Test
  void the_largest_amounts_have_a_rate_and_nonsense_has_none() {
    assertThat(
            new AuditRate(TokenAmount.MAX, TokenAmount.MAX, TokenAmount.MAX, Integer.MAX_VALUE)
                .value())
        .isEqualTo(new BasisPoints(5_317));
    assertThatThrownBy(() -> rate(1, 2, 0, 0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> rate(1, 1, 0, -1)).isInstanceOf(IllegalArgumentException.class);
  }

  // --- items -----------------------------------------------------------------------------------

  @Test
  void each_item_is_looked_at_as_often_as_any_other_and_none_twice() {
    int[] looks = new int[64];
    for (int i = 0; i < 16_000; i++) {
      Digest leaf = Digest.keccak256((byte) i, (byte) (i >> 8));
      List<Integer> items = new Beacon(Digest.ZERO).items(leaf, 64, 4);
      assertThat(items).hasSize(4).doesNotHaveDuplicates().isSorted();
      items.forEach(item -> looks[item]++);
    }

    // 1,000 expected, with a deviation of 31; 64 of them stay within five deviations.
    assertThat(Arrays.stream(looks).boxed())
        .allSatisfy(count -> assertThat(count).isBetween(845, 1_155));
    assertThat(new Beacon(Digest.ZERO).items(Digest.ZERO, 3, 4)).containsExactly(0, 1, 2);
  }

  // --- record ----------------------------------------------------------------------------------

  @Test
  void a_failure_ends_the_series_and_an_inconclusive_audit_changes_nothing() {
    var record = TrackRecord.NEW;
    for (int i = 0; i < 60; i++) {
      record = record.after(Outcome.VALID).after(Outcome.INCONCLUSIVE);
    }

    assertThat(record).isEqualTo(new TrackRecord(60, 60, 0));
    assertThat(record.reputation()).isEqualTo(new BasisPoints(7_500));
    assertThat(record.after(Outcome.INVALID)).isEqualTo(new TrackRecord(0, 61, 1));
    assertThat(record.after(Outcome.INVALID).reputation()).isEqualTo(BasisPoints.ZERO);
    assertThatThrownBy(() -> new TrackRecord(2, 2, 1)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void a_newcomer_has_little_unsettled_and_a_grown_worker_as_much_as_its_stake_carries() {
    TokenAmount stake = TokenAmount.of(1_000);

    assertThat(TrackRecord.NEW.mostUnsettled(stake)).isEqualTo(TokenAmount.of(5));
    assertThat(new TrackRecord(19, 19, 0).mostUnsettled(stake)).isEqualTo(TokenAmount.of(100));
    assertThat(new TrackRecord(49, 49, 0).mostUnsettled(stake)).isEqualTo(TokenAmount.of(250));
    assertThat(new TrackRecord(Integer.MAX_VALUE, Integer.MAX_VALUE, 0).mostUnsettled(stake))
        .isEqualTo(TokenAmount.of(250));
    assertThat(TrackRecord.NEW.mostUnsettled(TokenAmount.ZERO)).isEqualTo(TokenAmount.ZERO);
    assertThat(new TrackRecord(Integer.MAX_VALUE, Integer.MAX_VALUE, 0).reputation().value())
        .isBetween(9_999, 10_000);
  }

  @Test
  void what_may_be_unsettled_is_rounded_down_up_to_the_largest_stake() {
    for (TokenAmount stake : List.of(TokenAmount.of(799), TokenAmount.MAX)) {
      for (int passes = 0; passes < 50; passes++) {
        BigInteger quarter = stake.toBigInteger().divide(BigInteger.valueOf(4));
        assertThat(new TrackRecord(passes, passes, 0).mostUnsettled(stake).toBigInteger())
            .isEqualTo(
                quarter.multiply(BigInteger.valueOf(passes + 1)).divide(BigInteger.valueOf(50)));
      }
    }
  }

  // --- judge -----------------------------------------------------------------------------------

  @Test
  void a_single_flag_takes_nothing_and_doubt_is_drawn_again_three_times_at_most() {
    assertThat(Judge.afterLook(Outcome.VALID, 0)).isEqualTo(Ruling.CLEARED);
    assertThat(Judge.afterLook(Outcome.INVALID, 2)).isEqualTo(Ruling.TO_COMMITTEE);
    assertThat(Judge.afterLook(Outcome.INCONCLUSIVE, 0)).isEqualTo(Ruling.AGAIN);
    assertThat(Judge.afterLook(Outcome.INCONCLUSIVE, 1)).isEqualTo(Ruling.AGAIN);
    assertThat(Judge.afterLook(Outcome.INCONCLUSIVE, 2)).isEqualTo(Ruling.UNSCORED);
  }

  /** All 3⁷ ways in which seven may vote, with and without quarantine. */
  @Test
  void only_five_of_seven_with_two_of_the_profile_convict_or_acquit() {
    for (int votes = 0; votes < 2_187; votes++) {
      List<Ballot> ballots = new ArrayList<>();
      int[][] counts = new int[3][2];
      int rest = votes;
      for (int member = 0; member < 7; member++, rest /= 3) {
        Outcome outcome = Outcome.values()[rest % 3];
        boolean isOfProfile = member >= 4;
        ballots.add(new Ballot(wallet(member + 1), isOfProfile, outcome));
        counts[rest % 3][0]++;
        counts[rest % 3][1] += isOfProfile ? 1 : 0;
      }
      boolean isGuilty = counts[1][0] >= 5 && counts[1][1] >= 2;
      boolean isCleared = counts[0][0] >= 5 && counts[0][1] >= 2;
      Ruling expected = isGuilty ? Ruling.REJECTED : isCleared ? Ruling.CLEARED : Ruling.AGAIN;

      assertThat(Judge.afterCommittee(WORKER, ballots, 0, false)).isEqualTo(expected);
      assertThat(Judge.afterCommittee(WORKER, ballots, 2, false))
          .isEqualTo(expected == Ruling.AGAIN ? Ruling.UNSCORED : expected);
      assertThat(Judge.afterCommittee(WORKER, ballots, 0, true)).isNotEqualTo(Ruling.REJECTED);
    }
  }

  @Test
  void nobody_votes_twice_and_nobody_on_itself() {
    List<Ballot> ballots = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      ballots.add(new Ballot(wallet(i + 1), true, Outcome.INVALID));
    }
    ballots.add(new Ballot(wallet(1), true, Outcome.INVALID));
    ballots.add(new Ballot(WORKER, true, Outcome.INVALID));

    assertThat(Judge.afterCommittee(WORKER, ballots, 0, false)).isEqualTo(Ruling.AGAIN);
    ballots.add(new Ballot(wallet(5), false, Outcome.INVALID));
    assertThat(Judge.afterCommittee(WORKER, ballots, 0, false)).isEqualTo(Ruling.REJECTED);
    assertThat(Judge.afterCommittee(WORKER, List.of(), 0, false)).isEqualTo(Ruling.AGAIN);
  }

  // --- quarantine ------------------------------------------------------------------------------

  @Test
  void a_broken_node_is_no_quarantine_and_a_broken_platform_is_one_at_once() {
    var one = Quarantine.NONE.after(false).after(false);
    assertThat(one.isOn()).isFalse();
    assertThat(one.after(false).isOn()).isTrue();
    assertThat(new Quarantine(1_000, 3).isOn()).isFalse();
    assertThat(new Quarantine(1_000, 4).isOn()).isTrue();
    assertThatThrownBy(() -> new Quarantine(1, 2)).isInstanceOf(IllegalArgumentException.class);
  }

  private static BasisPoints rate(long price, long gain, long loss, int passes) {
    return new AuditRate(TokenAmount.of(price), TokenAmount.of(gain), TokenAmount.of(loss), passes)
        .value();
  }

  private static WalletAddress wallet(int number) {
    return new WalletAddress("0x" + "%040x".formatted(BigInteger.valueOf(number + 1)));
  }
}
