package dev.assay.agent.work;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.agent.backend.Answer;
import dev.assay.agent.backend.BackendFailure;
import dev.assay.agent.backend.InferenceBackend;
import dev.assay.agent.backend.OutputListener;
import dev.assay.agent.backend.ServedModel;
import dev.assay.agent.key.SignOnceTable;
import dev.assay.agent.key.SignOnceTable.Claim;
import dev.assay.agent.market.Market;
import dev.assay.agent.market.Traceparent;
import dev.assay.agent.work.Execution.Outcome;
import dev.assay.protocol.Digest;
import dev.assay.protocol.content.EmbeddingsOutput;
import dev.assay.protocol.content.JobInput;
import dev.assay.protocol.content.KnownModels;
import dev.assay.protocol.content.ProfileClass;
import dev.assay.protocol.wire.HandBack;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is held, begun and given up; a model that is done when the test says so stands for one. */
@Timeout(60)
class LeasesModuleTests {
  private static final int SLOTS = 2;
  private static final Duration LONG = Duration.ofMinutes(5);
  private static final Traceparent TRACE = new Traceparent("1".repeat(32), "2".repeat(16));

  private final Semaphore done = new Semaphore(0);
  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
  private final Log log = (level, message, _) -> {};
  private final Clock clock = Clock.fixed(Samples.NOON, ZoneOffset.UTC);
  private final MarketClock marketClock = new MarketClock(clock, log);
  private final HandBacks handBacks = new HandBacks(log);
  private final Market market =
      new Market(URI.create("http://127.0.0.1:9"), "assay-worker/1.2.3", clock, new Random(1));

  @TempDir Path home;
  private SignOnceTable signed;
  private Leases leases;

  private final class WaitingModel implements InferenceBackend {
    @Override
    public String name() {
      return "a model for tests";
    }

    @Override
    public List<ServedModel> models() {
      return List.of(new ServedModel(KnownModels.ALL_MINILM_L6_V2, ProfileClass.F32_CPU));
    }

    @Override
    public Answer run(Digest model, JobInput input, OutputListener listener)
        throws BackendFailure, InterruptedException {
      done.acquire();
      return new Answer(EmbeddingsOutput.of(List.of(new float[] {3, 1})), 6, 0);
    }

    @Override
    public void close() {}
  }

  @BeforeEach
  void open() throws IOException {
    signed = SignOnceTable.open(home.resolve("signed.log"));
    leases =
        new Leases(
            new Catalogue(List.of(new WaitingModel())),
            SLOTS,
            new Readiness(log),
            signed,
            marketClock,
            new JobRunner(market, clock, new Random(1), Thread::sleep, events::add),
            handBacks,
            log);
  }

  @AfterEach
  void close() throws IOException {
    leases.abortAll();
    market.close();
    signed.close();
  }

  @Test
  void as_many_begin_as_there_are_slots_and_the_next_when_one_is_done() throws Exception {
    take(3, 1, 2, 3);
    leases.fillSlots(Samples.SESSION);
    assertThat(leases.inSlots()).isEqualTo(2);
    assertThat(leases.size()).isEqualTo(3);

    done.release();
    Optional<?> result = leases.heard(outcome());
    leases.fillSlots(Samples.SESSION);

    assertThat(result).isPresent();
    assertThat(leases.size()).isEqualTo(2);
    assertThat(leases.inSlots()).isEqualTo(2);
  }

  @Test
  void what_was_not_asked_for_is_handed_back_and_what_came_twice_is_held_once() {
    take(2, 1, 1, 2, 3);

    assertThat(leases.refs()).containsExactly(Samples.ref(1), Samples.ref(2));
    assertThat(handBacks.next())
        .isEqualTo(
            new HandBack(
                Samples.ref(3), HandBack.Reason.LEAVING, "The worker has no room for it."));
    assertThat(handBacks.count()).isEqualTo(1);
  }

  /** Of jobs that take 20 ms, two slots do ten in the 100 ms for which leases are held ready. */
  @Test
  void room_ahead_of_the_slots_is_learnt_from_how_long_jobs_take() throws Exception {
    assertThat(leases.room()).isEqualTo(SLOTS); // nothing is known yet

    finishOneThatTook(Duration.ofMillis(20));
    assertThat(leases.room()).isEqualTo(SLOTS + 10);

    take(4, 2, 3, 4, 5);
    assertThat(leases.room()).isEqualTo(SLOTS + 10 - 4);
    leases.giveUpAll();

    finishOneThatTook(Duration.ofMillis(180));
    assertThat(leases.room()).isEqualTo(SLOTS + 2); // 100 ms is between 20 and 180

    finishOneThatTook(Duration.ofNanos(1));
    finishOneThatTook(Duration.ofNanos(1));
    finishOneThatTook(Duration.ofNanos(1));
    finishOneThatTook(Duration.ofNanos(1));
    assertThat(leases.room()).isEqualTo(SLOTS * 16); // and never more than was offered
  }

  @Test
  void room_is_held_ahead_of_a_market_that_is_slow_to_answer_for_a_second_at_most()
      throws Exception {
    finishOneThatTook(Duration.ofMillis(200));
    assertThat(leases.room()).isEqualTo(SLOTS + 1); // 100 ms of two slots

    leases.marketTook(Duration.ofMillis(200));
    assertThat(leases.room()).isEqualTo(SLOTS + 6); // three answers of it

    leases.marketTook(Duration.ofSeconds(30));
    assertThat(leases.room()).isEqualTo(SLOTS + 10);
  }

  /** Ten more than the slots, half of twelve is six. */
  @Test
  void more_is_asked_for_when_half_of_what_is_held_is_done() throws Exception {
    finishOneThatTook(Duration.ofMillis(20));

    take(12, 1, 2, 3, 4, 5, 6, 7);
    assertThat(leases.wantMore()).isFalse();
    leases.stop(List.of(Samples.ref(7)));
    assertThat(leases.wantMore()).isTrue();
    assertThat(leases.room()).isEqualTo(6);
  }

  @Test
  void a_slot_that_is_free_does_not_wait_until_half_is_done() {
    take(1, 1);
    assertThat(leases.wantMore()).isTrue(); // of two slots one, of two leases one
    take(1, 2);
    assertThat(leases.wantMore()).isFalse();
  }

  @Test
  void what_waits_behind_jobs_that_take_long_is_handed_back_and_nothing_held_ready()
      throws Exception {
    finishOneThatTook(Duration.ofMillis(20));
    take(4, 1, 2, 3, 4);
    leases.fillSlots(Samples.SESSION);
    marketClock.heard(Samples.NOON.plusSeconds(2), TRACE);
    leases.giveUpHeldUp();
    assertThat(leases.size()).isEqualTo(4);
    assertThat(leases.areWaiting()).isTrue();

    marketClock.heard(Samples.NOON.plusSeconds(3), TRACE);
    leases.giveUpHeldUp();

    assertThat(leases.refs()).containsExactly(Samples.ref(1), Samples.ref(2));
    assertThat(leases.areWaiting()).isFalse();
    assertThat(leases.failed()).isZero();
    assertThat(handBacks.next())
        .isEqualTo(
            new HandBack(
                Samples.ref(3),
                HandBack.Reason.LEAVING,
                "What the worker began before it takes long."));
    assertThat(handBacks.count()).isEqualTo(2);
    assertThat(leases.wantMore()).isFalse();
    assertThat(leases.room()).isZero();
  }

  @Test
  void what_waits_for_a_slot_and_passes_its_deadline_is_never_begun() throws Exception {
    leases.take(
        List.of(
            Samples.lease(1, LONG),
            Samples.lease(2, LONG),
            Samples.lease(3, Duration.ofSeconds(1))),
        3,
        Samples.SESSION,
        TRACE);
    leases.fillSlots(Samples.SESSION);
    done.release();
    leases.heard(outcome());

    marketClock.heard(Samples.NOON.plusSeconds(2), TRACE);
    leases.giveUpLapsed();
    leases.fillSlots(Samples.SESSION);

    assertThat(leases.inSlots()).isEqualTo(1);
    assertThat(leases.size()).isEqualTo(1);
    assertThat(handBacks.next().because()).isEqualTo("It was not done by its deadline.");
  }

  @Test
  void what_has_passed_its_deadline_by_the_markets_clock_is_given_up_as_failed() throws Exception {
    leases.take(
        List.of(Samples.lease(1, Duration.ofSeconds(10)), Samples.lease(2, Duration.ofSeconds(60))),
        2,
        Samples.SESSION,
        TRACE);
    leases.fillSlots(Samples.SESSION);
    leases.giveUpLapsed();
    assertThat(leases.size()).isEqualTo(2);

    marketClock.heard(Samples.NOON.plusSeconds(11), TRACE);
    leases.giveUpLapsed();

    assertThat(leases.refs()).containsExactly(Samples.ref(2));
    assertThat(leases.failed()).isEqualTo(1);
    assertThat(handBacks.next().attempt()).isEqualTo(Samples.ref(1));
    assertThat(outcome()).isInstanceOf(Outcome.Interrupted.class); // its model was stopped
  }

  @Test
  void a_result_of_what_was_given_up_meanwhile_is_nobodys() throws Exception {
    take(1, 1);
    leases.fillSlots(Samples.SESSION);
    done.release();
    Outcome finished = outcome();

    leases.giveUpAll();

    assertThat(leases.heard(finished)).isEmpty();
    assertThat(handBacks.next().because()).isEqualTo("The worker stops.");
  }

  @Test
  void who_stops_gives_back_at_once_what_has_no_slot() {
    take(3, 1, 2, 3);
    leases.fillSlots(Samples.SESSION);

    leases.giveUpWaiting();

    assertThat(leases.refs()).containsExactly(Samples.ref(1), Samples.ref(2));
    assertThat(handBacks.next().attempt()).isEqualTo(Samples.ref(3));
  }

  /** One that says all at once has nothing to attest then. */
  @Test
  void what_is_cancelled_before_it_has_said_anything_is_handed_back() throws Exception {
    take(1, 1);
    leases.fillSlots(Samples.SESSION);

    leases.cancel(List.of(Samples.ref(1)));

    assertThat(leases.heard(outcome())).isEmpty();
    assertThat(leases.isEmpty()).isTrue();
    assertThat(leases.failed()).isZero();
    assertThat(handBacks.next())
        .isEqualTo(
            new HandBack(
                Samples.ref(1),
                HandBack.Reason.LEAVING,
                "It was cancelled before it had said anything."));
  }

  /** So many claims that some are read from a file, which an interrupt would close for good. */
  @Test
  void a_stop_that_comes_while_leases_are_taken_costs_no_later_one() throws Exception {
    signed.admit(
        IntStream.rangeClosed(1, 5_000)
            .mapToObj(job -> new Claim(Samples.ref(job), Digest.ZERO, Digest.ZERO))
            .toList(),
        Samples.NOON);

    Thread.currentThread().interrupt();
    take(1, 5_001);

    assertThat(Thread.interrupted()).isTrue();
    assertThat(leases.refs()).containsExactly(Samples.ref(5_001));
    take(1, 5_002);
    assertThat(leases.refs()).contains(Samples.ref(5_002));
  }

  private void finishOneThatTook(Duration duration) throws InterruptedException {
    take(1, 99);
    leases.fillSlots(Samples.SESSION);
    done.release();
    var finished = (Outcome.Finished) outcome();
    leases.heard(new Outcome.Finished(finished.execution(), finished.result(), duration));
  }

  private void take(int asked, int... jobs) {
    leases.take(
        Arrays.stream(jobs).mapToObj(job -> Samples.lease(job, LONG)).toList(),
        asked,
        Samples.SESSION,
        TRACE);
  }

  private Outcome outcome() throws InterruptedException {
    return ((Event.Executed) events.take()).outcome();
  }
}
