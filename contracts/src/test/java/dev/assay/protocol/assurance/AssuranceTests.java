package dev.assay.protocol.assurance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.assurance.Assurance.Level;
import dev.assay.protocol.assurance.Independence.Voice;
import dev.assay.protocol.audit.AuditRate;
import java.util.List;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.json.JsonMapper;

/** The formulas of docs/assurance.md, against markets that are played through. */
class AssuranceTests {
  private static final int HORIZON = 200;

  /** With which probability a cheat cheats when it has k passes. */
  static Stream<Arguments> strategies() {
    return Stream.of(
        Arguments.of("always", (IntToDoubleFunction) k -> 1),
        Arguments.of("one in ten", (IntToDoubleFunction) k -> 0.1),
        Arguments.of("one in a hundred", (IntToDoubleFunction) k -> 0.01),
        Arguments.of("after 5 passes", (IntToDoubleFunction) k -> k >= 5 ? 1 : 0),
        Arguments.of("after 20 passes", (IntToDoubleFunction) k -> k >= 20 ? 1 : 0),
        Arguments.of("after 100 passes", (IntToDoubleFunction) k -> k >= 100 ? 1 : 0),
        Arguments.of("more and more", (IntToDoubleFunction) k -> k / 200.0),
        Arguments.of("half, after 20", (IntToDoubleFunction) k -> k >= 20 ? 0.5 : 0));
  }

  /**
   * Cheats who are found come back as newcomers, at once and for nothing: the worst for the bound.
   * Whatever their strategy, at no age is a larger share of results wrong than the bound says.
   */
  @ParameterizedTest(name = "{0}")
  @MethodSource("strategies")
  void no_strategy_gets_more_wrong_answers_through_than_the_bound(
      String name, IntToDoubleFunction strategy) {
    var assumed = new Assumptions(0.2, 0.2, 0.01, 1);
    long seed = 20_261_125;
    Random chance = new Random(seed);
    long[] jobs = new long[HORIZON + 1];
    long[] wrong = new long[HORIZON + 1];
    int passes = 0;
    for (int job = 0; job < 2_000_000; job++) {
      int age = Math.min(passes, HORIZON);
      boolean isWrong = chance.nextDouble() < strategy.applyAsDouble(passes);
      jobs[age]++;
      wrong[age] += isWrong ? 1 : 0;
      if (chance.nextDouble() < rate(passes)) {
        boolean isNoticed = isWrong && chance.nextDouble() < assumed.noticed();
        passes = isNoticed ? 0 : passes + 1;
      }
    }

    double all = 2_000_000;
    for (int k : new int[] {0, 1, 4, 5, 20, 50, 100, 200}) {
      double hostileWrong = IntStream.rangeClosed(k, HORIZON).mapToLong(i -> wrong[i]).sum() / all;
      double hostile = IntStream.rangeClosed(k, HORIZON).mapToLong(i -> jobs[i]).sum() / all;
      double f = assumed.adversary();
      double measured = f * hostileWrong / (1 - f + f * hostile);

      // Four deviations of what two million jobs of cheats that last 33 jobs or more can show.
      assertThat(measured)
          .as("seed %d, %s, k = %d", seed, name, k)
          .isLessThanOrEqualTo(Assurance.spot(k, assumed).errorBound() * 1.05 + 1e-5);
    }
  }

  /** It is no empty promise: the patient cheat comes near it. */
  @Test
  void the_patient_cheat_reaches_the_bound_within_a_factor_of_two() {
    double bound = Assurance.spot(100, new Assumptions(0.2, 0, 0, 1)).errorBound();
    // 100 passes as an honest worker, then 1/p jobs on average that are all wrong.
    double honestJobs = IntStream.range(0, 100).mapToDouble(k -> 1 / rate(k)).sum();
    double wrong = 1 / rate(100);
    double share = 0.2 * wrong / (honestJobs + wrong);

    assertThat(share / (0.8 + share)).isBetween(bound / 2, bound);
  }

  @Test
  void a_result_that_was_itself_audited_is_surer_by_what_an_audit_notices() {
    var assumed = new Assumptions(0.3, 0.1, 0.05, 1);
    Random chance = new Random(3);
    double before = Assurance.spot(3, assumed).errorBound();
    long passed = 0;
    long wrong = 0;
    for (int i = 0; i < 1_000_000; i++) {
      boolean isWrong = chance.nextDouble() < before;
      if (!isWrong || chance.nextDouble() >= assumed.noticed()) {
        passed++;
        wrong += isWrong ? 1 : 0;
      }
    }

    double measured = (double) wrong / passed;
    double bound = Assurance.audited(3, assumed).errorBound();
    assertThat(measured).isCloseTo(bound, within(4 * Math.sqrt(bound / passed)));
    assertThat(bound).isLessThan(before);
  }

  @Test
  void a_quorum_is_wrong_as_often_as_chance_puts_it_into_one_hand() {
    Random chance = new Random(4);
    for (int[] size : new int[][] {{2, 3}, {3, 5}, {5, 7}, {3, 3}}) {
      for (double share : new double[] {0.1, 0.2, 0.33}) {
        int trials = 200_000;
        int wrong = 0;
        for (int i = 0; i < trials; i++) {
          int hostile = 0;
          for (int worker = 0; worker < size[1]; worker++) {
            hostile += chance.nextDouble() < share ? 1 : 0;
          }
          wrong += hostile >= size[0] ? 1 : 0;
        }
        double bound =
            Assurance.quorum(size[1], owners(size[0]), new Assumptions(share, 0.2, 0.01, 1))
                .errorBound();
        assertThat((double) wrong / trials).isCloseTo(bound, within(4 * Math.sqrt(bound / trials)));
      }
    }
  }

  /** The table of §2.2: 2 of 3, 3 of 5, 5 of 7. */
  @Test
  void the_bounds_of_quorums_are_those_of_the_binomial_distribution() {
    assertThat(Assurance.atLeast(2, 3, 0.2)).isCloseTo(0.104, within(1e-9));
    assertThat(Assurance.atLeast(3, 5, 0.1)).isCloseTo(0.00856, within(1e-6));
    assertThat(Assurance.atLeast(5, 7, 0.2)).isCloseTo(0.00467, within(1e-5));
    assertThat(Assurance.atLeast(0, 7, 0.2)).isCloseTo(1, within(1e-12));
  }

  @Test
  void workers_of_one_owner_are_one_voice() {
    var sames =
        List.of(new Voice("a", "eu", "x"), new Voice("a", "eu", "y"), new Voice("b", "us", "x"));
    Assurance assurance = Assurance.quorum(3, sames, Assumptions.DEFAULT);

    assertThat(assurance.independence().owners()).isCloseTo(1.8, within(1e-9));
    assertThat(assurance.independence().hardware()).isCloseTo(1.8, within(1e-9));
    assertThat(assurance.errorBound()).isEqualTo(0.2 * 0.2, within(1e-12));
    assertThat(Assurance.quorum(3, owners(3), Assumptions.DEFAULT).errorBound())
        .isCloseTo(0.008, within(1e-12));
    assertThat(Independence.of(owners(3)).owners()).isEqualTo(3);
  }

  @Test
  void more_passes_more_voices_and_a_stricter_level_never_make_it_less_sure() {
    for (int k = 0; k < 2_000; k++) {
      assertThat(Assurance.spot(k + 1, Assumptions.DEFAULT).errorBound())
          .isLessThanOrEqualTo(Assurance.spot(k, Assumptions.DEFAULT).errorBound() * 1.0005);
    }
    assertThat(Assurance.bestEffort().errorBound()).isEqualTo(1);
    for (int k : new int[] {0, 20, 200}) {
      Assurance strict = Assurance.strict(k, Assumptions.DEFAULT);
      assertThat(strict.level()).isEqualTo(Level.STRICT);
      assertThat(strict.errorBound())
          .isLessThan(Assurance.spot(k, Assumptions.DEFAULT).errorBound() / 3)
          .isGreaterThan(
              Assurance.strict(k, new Assumptions(0.2, 0, 0.01, 1)).errorBound()); // its own replay
    }
    assertThat(Assurance.work(Integer.MAX_VALUE)).isFinite();
  }

  @Test
  void quotes_results_and_receipts_say_it_in_the_same_json() {
    JsonMapper json = JsonMapper.builder().build();
    Assurance quorum = Assurance.quorum(3, owners(2), Assumptions.DEFAULT);
    String written =
        """
        {"level":"quorum","errorBound":%s,"passes":0,"asked":3,"agreeing":2,\
        "independence":{"owners":2.0,"regions":2.0,"hardware":2.0},\
        "assumed":{"adversary":0.2,"colluding":0.2,"missed":0.01,"grown":1.0}}\
        """
            .formatted(quorum.errorBound());

    assertThat(json.readTree(json.writeValueAsString(quorum))).isEqualTo(json.readTree(written));
    assertThat(json.readValue(written, Assurance.class)).isEqualTo(quorum);
    assertThat(json.writeValueAsString(Assurance.bestEffort()))
        .contains("\"level\":\"best-effort\"", "\"errorBound\":1.0");
    assertThatThrownBy(() -> Level.parse("certain")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() ->
            new Assurance(Level.QUORUM, 0.1, 0, 2, 3, Independence.ALONE, Assumptions.DEFAULT))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void what_is_no_share_or_leaves_nobody_honest_is_refused() {
    for (double wrong : new double[] {-0.1, 1.1, Double.NaN}) {
      assertThatThrownBy(() -> new Assumptions(wrong, 0, 0, 1))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> new Assumptions(1, 0, 0, 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Assumptions(0, 0, 0, 0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Assurance.quorum(2, owners(3), Assumptions.DEFAULT))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Independence.of(List.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static List<Voice> owners(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> new Voice("owner " + i, "region " + i, "hardware " + i))
        .toList();
  }

  private static double rate(int passes) {
    var rate = new AuditRate(TokenAmount.ZERO, TokenAmount.ZERO, TokenAmount.ZERO, passes);
    return rate.value().value() / 1e4;
  }
}
