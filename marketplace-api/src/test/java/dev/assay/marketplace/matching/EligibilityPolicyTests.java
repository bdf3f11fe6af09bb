package dev.assay.marketplace.matching;

import static dev.assay.marketplace.matching.Examples.NOON;
import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.marketplace.job.Tier;
import dev.assay.marketplace.job.Wishes;
import dev.assay.marketplace.matching.Eligibility.Ineligible;
import dev.assay.marketplace.offer.Offer;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.audit.TrackRecord;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class EligibilityPolicyTests {
  private final Standing worker = Examples.standing(Examples.offer(7, 20_000));

  private static String reason(OpenJob open, Standing worker) {
    return EligibilityPolicy.of(open, worker, NOON) instanceof Ineligible because
        ? because.reason()
        : "";
  }

  private static OpenJob job(Wishes wishes) {
    return Examples.job(Examples.wallet(1), Tier.STANDARD, 1_000, wishes, 1_000_000);
  }

  @Test
  void a_fitting_worker_may_have_the_job() {
    assertThat(reason(Examples.job(1), worker)).isEmpty();
  }

  @Test
  void nobody_serves_its_own_jobs() {
    assertThat(reason(Examples.job(7), worker)).isEqualTo("not-its-own");
  }

  @Test
  void a_worker_that_failed_does_not_get_the_job_again() {
    OpenJob open = new OpenJob(Examples.job(1).job(), 2, Set.of(Examples.wallet(7)));
    assertThat(reason(open, worker)).isEqualTo("tried-before");
  }

  @Test
  void wishes_are_respected() {
    var them = new TreeSet<>(Set.of(Examples.wallet(7)));
    var others = new TreeSet<>(Set.of(Examples.wallet(8)));
    var nobody = new TreeSet<WalletAddress>();
    assertThat(reason(job(Examples.wishes(them, nobody, "eu")), worker)).isEmpty();
    assertThat(reason(job(Examples.wishes(others, nobody)), worker)).isEqualTo("not-among-only");
    assertThat(reason(job(Examples.wishes(nobody, them)), worker)).isEqualTo("ignored");
    assertThat(reason(job(Examples.wishes(nobody, nobody, "us")), worker))
        .isEqualTo("other-region");
  }

  @Test
  void the_price_is_at_most_the_jobs_limit() {
    OpenJob exact = Examples.job(Examples.wallet(1), Tier.STANDARD, 1_000, Wishes.NONE, 20);
    OpenJob short1 = Examples.job(Examples.wallet(1), Tier.STANDARD, 1_000, Wishes.NONE, 19);
    assertThat(reason(exact, worker)).isEmpty();
    assertThat(reason(short1, worker)).isEqualTo("price-above-limit");
  }

  @Test
  void at_most_a_quarter_of_the_free_stake_is_at_risk() {
    OpenJob open = Examples.job(1); // costs 20
    var offer = worker.offer();
    assertThat(reason(open, standing(offer, 80, 0))).isEmpty();
    assertThat(reason(open, standing(offer, 79, 0))).isEqualTo("stake-too-small-for-more");
    assertThat(reason(open, standing(offer, 160, 20))).isEmpty();
    assertThat(reason(open, standing(offer, 159, 20))).isEqualTo("stake-too-small-for-more");
  }

  @Test
  void what_is_unsettled_is_at_risk_too_and_a_newcomer_has_a_fiftieth_of_it() {
    OpenJob open = Examples.job(1); // costs 20
    assertThat(reason(open, standing(4_000, 0, 0))).isEmpty();
    assertThat(reason(open, standing(4_000, 1, 0))).isEqualTo("stake-too-small-for-more");
    assertThat(reason(open, standing(3_999, 0, 0))).isEqualTo("stake-too-small-for-more");
    assertThat(reason(open, standing(4_000, 20, 1))).isEmpty();
    assertThat(reason(open, standing(4_000, 980, 49))).isEmpty();
    assertThat(reason(open, standing(4_000, 981, 49))).isEqualTo("stake-too-small-for-more");
  }

  private Standing standing(long stake, long unsettled, int passes) {
    return new Standing(
        worker.offer(),
        TokenAmount.of(stake),
        TokenAmount.ZERO,
        new Exposure(TokenAmount.of(unsettled), new TrackRecord(passes, passes, 0)),
        0,
        Duration.ZERO,
        "");
  }

  private static Standing standing(Offer offer, long stake, long atRisk) {
    return new Standing(
        offer, TokenAmount.of(stake), TokenAmount.of(atRisk), Examples.GROWN, 0, Duration.ZERO, "");
  }

  @Test
  void a_pause_comes_before_any_other_reason_and_says_why() {
    var paused =
        new Standing(
            worker.offer(),
            TokenAmount.ZERO,
            TokenAmount.ZERO,
            Examples.GROWN,
            4,
            Duration.ZERO,
            "The market is paused: the chain forks.");
    assertThat(EligibilityPolicy.of(Examples.job(1), paused, Examples.NOON))
        .isEqualTo(new Eligibility.Ineligible("paused", "The market is paused: the chain forks."));
  }

  @Test
  void a_busy_worker_gets_no_more() {
    var busy =
        new Standing(
            worker.offer(),
            worker.freeStake(),
            TokenAmount.ZERO,
            Examples.GROWN,
            4,
            Duration.ZERO,
            "");
    assertThat(reason(Examples.job(1), busy)).isEqualTo("busy");
  }

  @Test
  void a_slow_worker_gets_no_job_that_it_cannot_finish() {
    var slow =
        new Standing(
            worker.offer(),
            worker.freeStake(),
            TokenAmount.ZERO,
            Examples.GROWN,
            0,
            Duration.ofSeconds(60),
            "");
    assertThat(reason(Examples.job(1), slow)).isEqualTo("too-slow-for-deadline");
  }
}
