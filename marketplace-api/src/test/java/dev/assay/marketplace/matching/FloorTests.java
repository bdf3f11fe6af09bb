package dev.assay.marketplace.matching;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.marketplace.job.Job;
import dev.assay.marketplace.job.Tier;
import dev.assay.marketplace.job.Wishes;
import dev.assay.marketplace.offer.Offer;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.audit.TrackRecord;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class FloorTests {
  private final Map<WalletAddress, List<Offer>> offers = new HashMap<>();
  private final Map<WalletAddress, TokenAmount> stakes = new HashMap<>();
  private String paused = "";
  private final Map<WalletAddress, Exposure> exposures = new HashMap<>();
  private final InHand inHand = new InHand();
  private final Floor floor =
      new Floor(
          new FloorSources(
              worker -> offers.getOrDefault(worker, List.of()),
              model -> offers.values().stream().flatMap(List::stream).toList(),
              worker -> stakes.getOrDefault(worker, TokenAmount.ZERO),
              offer -> exposures.getOrDefault(offer.worker(), Examples.GROWN),
              _ -> paused),
          inHand,
          Clock.fixed(Examples.NOON, ZoneOffset.UTC),
          new SimpleMeterRegistry());

  private Poll worker(int number, long pricePerMillion, int capacity) {
    offers.put(Examples.wallet(number), List.of(Examples.offer(number, pricePerMillion)));
    stakes.put(Examples.wallet(number), TokenAmount.of(1_000_000_000));
    var poll = new Poll(Examples.wallet(number), capacity, Optional.empty());
    floor.park(poll);
    return poll;
  }

  @Test
  void a_job_goes_to_the_cheapest_worker_that_waits() {
    Poll dear = worker(1, 30_000, 1);
    Poll cheap = worker(2, 10_000, 1);
    Poll middle = worker(3, 20_000, 1);

    floor.open(Examples.job(9));

    assertThat(floor.take(cheap)).hasSize(1);
    assertThat(floor.take(dear)).isEmpty();
    assertThat(floor.take(middle)).isEmpty();
  }

  @Test
  void among_equals_the_longest_waiting_comes_first() {
    Poll first = worker(1, 10_000, 1);
    Poll second = worker(2, 10_000, 1);
    floor.open(Examples.job(9));
    assertThat(floor.take(first)).hasSize(1);
    assertThat(floor.take(second)).isEmpty();
  }

  @Test
  void a_requester_may_sort_by_stake() {
    Poll cheap = worker(1, 10_000, 1);
    stakes.put(Examples.wallet(2), TokenAmount.of(5_000_000_000L));
    offers.put(Examples.wallet(2), List.of(Examples.offer(2, 20_000)));
    var staked = new Poll(Examples.wallet(2), 1, Optional.empty());
    floor.park(staked);
    var wishes =
        new Wishes(
            Wishes.Sort.STAKE, new TreeSet<>(), new TreeSet<>(), new TreeSet<>(), TokenAmount.ZERO);
    floor.open(Examples.job(Examples.wallet(9), Tier.STANDARD, 1_000, wishes, 1_000));
    assertThat(floor.take(staked)).hasSize(1);
    assertThat(floor.take(cheap)).isEmpty();
  }

  @Test
  void a_worker_that_comes_gets_what_waits_up_to_its_capacity() {
    for (int i = 0; i < 5; i++) {
      floor.open(Examples.job(9));
    }
    Poll poll = worker(1, 10_000, 3);
    assertThat(floor.take(poll)).hasSize(3);
    assertThat(floor.take(poll)).isEmpty();
  }

  @Test
  void a_poll_that_wakes_up_takes_what_has_come_meanwhile() {
    Poll poll = worker(1, 10_000, 3);
    for (int i = 0; i < 5; i++) {
      floor.open(Examples.job(9)); // the first wakes it up, the others wait
    }
    assertThat(floor.take(poll)).hasSize(3);
    assertThat(floor.take(worker(2, 10_000, 4))).hasSize(2);
  }

  @Test
  void jobs_that_are_being_posted_are_spread_over_those_who_wait_and_then_fill_their_capacity() {
    Poll cheap = worker(1, 10_000, 2);
    Poll dear = worker(2, 20_000, 3);
    List<Job> posted = Stream.generate(() -> Examples.job(9).job()).limit(6).toList();

    List<Floor.Expected> expected = floor.expect(posted);

    assertThat(expected)
        .extracting(Floor.Expected::poll)
        .containsExactly(cheap, dear, cheap, dear, dear);
    assertThat(expected)
        .extracting(one -> one.proposal().open().job())
        .isEqualTo(posted.subList(0, 5));
    assertThat(floor.open(new OpenJob(posted.getFirst(), 1, Set.of())))
        .as("somebody has it")
        .isTrue();
    assertThat(floor.knows(posted.getLast().id())).as("kept for nobody").isFalse();
    expected.forEach(floor::give);
    assertThat(floor.take(cheap)).hasSize(2);
    assertThat(floor.take(dear)).hasSize(3);
  }

  @Test
  void who_expects_a_lease_waits_for_it_beyond_its_patience() {
    Poll poll = worker(1, 10_000, 1);
    Floor.Expected expected = floor.expect(List.of(Examples.job(9).job())).getFirst();
    poll.release();
    CompletableFuture<Void> turn = poll.turn(Duration.ZERO);

    assertThat(turn).as("it goes on waiting").isNotDone();
    floor.give(expected);

    assertThat(turn).isDone();
    assertThat(floor.take(poll)).containsExactly(expected.proposal());
  }

  @Test
  void a_poll_whose_patience_ended_before_it_was_expected_to_lease_still_gets_it() {
    Poll poll = worker(1, 10_000, 1);
    assertThat(poll.turn(Duration.ZERO)).isDone();
    Floor.Expected expected = floor.expect(List.of(Examples.job(9).job())).getFirst();

    assertThat(floor.take(poll)).isEmpty();
    assertThat(poll.isExpecting()).isTrue();
    floor.give(expected);

    assertThat(poll.isExpecting()).isFalse();
    assertThat(poll.isAnswered()).as("by a lease that was written since it looked").isTrue();
    assertThat(floor.take(poll)).containsExactly(expected.proposal());
  }

  @Test
  void a_lease_that_was_not_written_leaves_nothing_in_hand_and_lets_its_poll_go() {
    Poll poll = worker(1, 10_000, 1);
    Job job = Examples.job(9).job();
    Floor.Expected expected = floor.expect(List.of(job)).getFirst();

    floor.takeBack(expected);

    assertThat(poll.turn(Duration.ofDays(1))).isDone();
    assertThat(floor.take(poll)).isEmpty();
    assertThat(inHand.has(job.id())).isFalse();
    assertThat(inHand.atRisk(Examples.wallet(1))).isEqualTo(TokenAmount.ZERO);
  }

  @Test
  void a_poll_is_told_of_its_turn_by_a_job_a_release_or_the_end_of_its_patience() {
    CompletableFuture<Void> offered = worker(1, 10_000, 1).turn(Duration.ofDays(1));
    Poll released = worker(2, 20_000, 1);
    CompletableFuture<Void> let = released.turn(Duration.ofDays(1));
    Poll patient = worker(3, 30_000, 1);
    CompletableFuture<Void> waiting = patient.turn(Duration.ofMillis(1));
    assertThat(offered).isNotDone();
    assertThat(let).isNotDone();

    floor.open(Examples.job(9));
    released.release();

    assertThat(offered).isDone();
    assertThat(let).isDone();
    assertThat(waiting).succeedsWithin(Duration.ofMinutes(1));
    assertThat(patient.isAnswered()).isFalse();
  }

  @Test
  void what_was_proposed_and_is_no_longer_sold_goes_to_another() {
    Poll withdrawn = worker(1, 10_000, 1);
    OpenJob open = Examples.job(9);
    floor.open(open);
    Poll other = worker(2, 20_000, 1);

    offers.remove(Examples.wallet(1));

    assertThat(floor.take(withdrawn)).isEmpty();
    assertThat(inHand.atRisk(Examples.wallet(1))).isEqualTo(TokenAmount.ZERO);
    assertThat(floor.take(other)).extracting(Proposal::open).containsExactly(open);
  }

  @Test
  void a_parked_poll_waits_for_what_its_worker_sells_now() {
    Poll withdrawn = worker(1, 10_000, 1);
    Poll cheaper = worker(2, 30_000, 1);
    Poll unchanged = worker(3, 20_000, 1);

    offers.remove(Examples.wallet(1));
    offers.put(Examples.wallet(2), List.of(Examples.offer(2, 15_000)));
    floor.lookAgain(Set.of(Examples.wallet(1), Examples.wallet(2)));
    floor.open(Examples.job(9));

    assertThat(floor.take(withdrawn)).isEmpty();
    assertThat(floor.take(unchanged)).isEmpty();
    assertThat(floor.take(cheaper)).hasSize(1);
  }

  @Test
  void no_more_than_the_offers_concurrency_is_given_however_it_is_asked() {
    for (int i = 0; i < 10; i++) {
      floor.open(Examples.job(9));
    }
    List<Proposal> all = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      all.addAll(floor.take(worker(1, 10_000, 2)));
    }
    assertThat(all).hasSize(4); // Examples.offer takes four at a time
    floor.done(all.getFirst());
    assertThat(floor.take(worker(1, 10_000, 2))).hasSize(1);
  }

  @Test
  void what_a_poll_leaves_behind_goes_to_another() {
    Poll gone = worker(1, 10_000, 1);
    floor.open(Examples.job(9));
    Poll other = worker(2, 20_000, 1);
    floor.leave(gone);
    assertThat(floor.take(other)).hasSize(1);
    assertThat(inHand.atRisk(Examples.wallet(1))).isEqualTo(TokenAmount.ZERO);
  }

  @Test
  void a_job_that_is_opened_from_two_sides_has_one_worker() {
    OpenJob open = Examples.job(9);
    floor.open(open);
    floor.open(open);
    Poll first = worker(1, 10_000, 2);
    floor.open(open);
    Poll second = worker(2, 10_000, 2);

    assertThat(floor.take(first)).hasSize(1);
    assertThat(floor.take(second)).isEmpty();
  }

  @Test
  void a_withdrawn_job_is_given_to_nobody() {
    OpenJob open = Examples.job(9);
    floor.open(open);
    floor.withdraw(open.job().id());
    assertThat(floor.take(worker(1, 10_000, 1))).isEmpty();
  }

  @Test
  void an_idle_worker_is_told_why() {
    floor.open(
        Examples.job(
            Examples.wallet(9),
            Tier.STANDARD,
            1_000,
            Examples.wishes(new TreeSet<>(), new TreeSet<>(), "us"),
            1_000));
    floor.open(Examples.job(Examples.wallet(9), Tier.STANDARD, 1_000_000, Wishes.NONE, 1));
    worker(1, 10_000, 1);
    assertThat(floor.skipped(Examples.wallet(1)))
        .isEqualTo(Map.of("other-region", 1, "price-above-limit", 1));
  }

  @Test
  void a_trace_says_how_each_worker_stands_to_a_job() {
    worker(1, 10_000, 1);
    worker(2, 900_000_000_000L, 1);
    MatchTrace trace = floor.trace(Examples.job(9));
    assertThat(trace.workers()).isEqualTo(2);
    assertThat(trace.eligible()).isEqualTo(1);
    assertThat(trace.candidates())
        .anySatisfy(candidate -> {
          assertThat(candidate.worker()).isEqualTo(Examples.wallet(2));
          assertThat(candidate.reason()).isEqualTo("price-above-limit");
          assertThat(candidate.parked()).isTrue();
        });
  }

  /** Whatever comes in whatever order: no job is proposed twice, and none is lost. */
  @Test
  void every_job_is_proposed_once_or_waits() {
    long seed = 20_261_125;
    Random chance = new Random(seed);
    Set<OpenJob> opened = new HashSet<>();
    Map<OpenJob, Proposal> proposed = new HashMap<>();
    List<Poll> polls = new ArrayList<>();
    for (int i = 0; i < 20_000; i++) {
      switch (chance.nextInt(5)) {
        case 0, 1 -> {
          OpenJob open = Examples.job(100 + chance.nextInt(5));
          opened.add(open);
          floor.open(open);
        }
        case 2 -> polls.add(worker(1 + chance.nextInt(20), 1_000, 1 + chance.nextInt(3)));
        case 3 -> {
          if (!polls.isEmpty()) {
            for (Proposal taken : floor.take(polls.remove(chance.nextInt(polls.size())))) {
              assertThat(proposed.put(taken.open(), taken)).as("seed %d", seed).isNull();
              if (chance.nextBoolean()) {
                floor.done(taken);
              }
            }
          }
        }
        default -> {
          if (!polls.isEmpty()) {
            floor.leave(polls.remove(chance.nextInt(polls.size())));
          }
        }
      }
    }
    polls.forEach(floor::leave);
    // Everything that was not taken is still there for a worker with room for it.
    offers.put(Examples.wallet(99), List.of(big(99)));
    stakes.put(Examples.wallet(99), TokenAmount.of(Long.MAX_VALUE));
    int left = opened.size() - proposed.size();
    for (int found = 1; found > 0; ) {
      var last = new Poll(Examples.wallet(99), 1_000, Optional.empty());
      floor.park(last);
      List<Proposal> taken = floor.take(last);
      found = taken.size();
      left -= found;
      taken.forEach(proposal -> {
        assertThat(proposed.put(proposal.open(), proposal)).as("seed %d", seed).isNull();
        floor.done(proposal);
      });
    }
    assertThat(left).as("seed %d", seed).isZero();
    assertThat(proposed.keySet()).isEqualTo(opened);
  }

  private static Offer big(int worker) {
    Offer offer = Examples.offer(worker, 1);
    return new Offer(
        offer.worker(),
        offer.modelDigest(),
        offer.profile(),
        offer.inputPrice(),
        offer.outputPrice(),
        Integer.MAX_VALUE,
        offer.region());
  }

  @Test
  void pace_is_remembered() {
    Offer offer = Examples.offer(1, 1);
    inHand.took(offer, Duration.ofMillis(100), true);
    offers.put(Examples.wallet(1), List.of(offer));
    stakes.put(Examples.wallet(1), TokenAmount.of(1_000_000_000));
    inHand.took(offer, Duration.ofHours(10), true);
    floor.open(Examples.job(9));
    var poll = new Poll(Examples.wallet(1), 1, Optional.empty());
    floor.park(poll);
    // An eighth of ten hours is more than the job's minute.
    assertThat(floor.take(poll)).isEmpty();
    assertThat(floor.skipped(Examples.wallet(1))).isEqualTo(Map.of("too-slow-for-deadline", 1));
  }

  private void hasPassed(int worker, int passes) {
    exposures.put(
        Examples.wallet(worker),
        new Exposure(TokenAmount.ZERO, new TrackRecord(passes, passes, 0)));
  }

  @Test
  void who_was_never_audited_is_not_taken_for_faster_than_those_who_were() {
    Offer proven = Examples.offer(1, 10_000);
    Offer instant = Examples.offer(2, 10_000);
    for (int i = 0; i < 8; i++) {
      inHand.took(proven, Duration.ofMillis(80), true);
    }
    inHand.took(instant, Duration.ofMillis(1), false);

    assertThat(inHand.load(instant, false).pace()).isEqualTo(Duration.ofMillis(80));
    assertThat(inHand.load(instant, true).pace())
        .isEqualTo(Duration.ofMillis(1)); // once it has passed
    inHand.took(instant, Duration.ofMillis(8_001), false); // an eighth of it counts
    assertThat(inHand.load(instant, false).pace()).isEqualTo(Duration.ofMillis(1_001));
  }

  @Test
  void a_requester_who_wants_the_fastest_gets_the_proven_and_not_the_instant_newcomer() {
    hasPassed(1, 60);
    hasPassed(2, 0);
    inHand.took(Examples.offer(1, 10_000), Duration.ofMillis(80), true);
    inHand.took(Examples.offer(2, 10_000), Duration.ofMillis(1), false);
    Poll honest = worker(1, 10_000, 1);
    Poll instant = worker(2, 10_000, 1);
    var fastest =
        new Wishes(
            Wishes.Sort.LATENCY,
            new TreeSet<>(),
            new TreeSet<>(),
            new TreeSet<>(),
            TokenAmount.ZERO);

    floor.open(Examples.job(Examples.wallet(9), Tier.STANDARD, 1_000, fastest, 1_000_000));

    assertThat(floor.take(honest)).hasSize(1);
    assertThat(floor.take(instant)).isEmpty();
  }

  @Test
  void what_a_newcomer_has_unsettled_is_little_and_the_trace_says_why_it_gets_no_more() {
    hasPassed(1, 0);
    Poll poll = worker(1, 20_000, 1); // a job of a thousand units costs 20
    // A fiftieth of a quarter of 4,000 is 20.
    stakes.put(Examples.wallet(1), TokenAmount.of(4_000));
    exposures.put(Examples.wallet(1), new Exposure(TokenAmount.of(1), TrackRecord.NEW));
    OpenJob job = Examples.job(9);
    floor.open(job);

    assertThat(floor.take(poll)).isEmpty();
    assertThat(floor.trace(job).candidates().getFirst().reason())
        .isEqualTo("stake-too-small-for-more");
    assertThat(floor.trace(job).candidates().getFirst().words()).contains("0 passed audits");
    assertThat(floor.skipped(Examples.wallet(1))).containsEntry("stake-too-small-for-more", 1);
    exposures.put(Examples.wallet(1), Exposure.UNKNOWN);
    floor.park(poll);
    assertThat(floor.take(poll)).hasSize(1);
  }

  @Test
  void who_waits_beside_a_job_has_it_as_soon_as_its_work_is_settled() {
    hasPassed(1, 0);
    stakes.put(Examples.wallet(1), TokenAmount.of(4_000));
    exposures.put(Examples.wallet(1), new Exposure(TokenAmount.of(1), TrackRecord.NEW));
    Poll poll = worker(1, 20_000, 1);
    stakes.put(Examples.wallet(1), TokenAmount.of(4_000));
    floor.open(Examples.job(9));
    assertThat(poll.isAnswered()).isFalse();

    floor.lookAgain(Set.of(Examples.wallet(1)));
    assertThat(poll.isAnswered()).isFalse(); // it still has as much unsettled
    exposures.put(Examples.wallet(1), Exposure.UNKNOWN);
    floor.lookAgain(Set.of(Examples.wallet(2)));
    assertThat(poll.isAnswered()).isFalse();
    floor.lookAgain(Set.of(Examples.wallet(1)));

    assertThat(poll.isAnswered()).isTrue();
    assertThat(floor.take(poll)).hasSize(1);
  }
}
