package dev.assay.agent.work;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.agent.backend.Answer;
import dev.assay.agent.backend.BackendFailure;
import dev.assay.agent.backend.InferenceBackend;
import dev.assay.agent.backend.OpenAiRuntime;
import dev.assay.agent.backend.OutputListener;
import dev.assay.agent.backend.ServedModel;
import dev.assay.agent.backend.TinyRuntime;
import dev.assay.agent.hardware.BatteryRule;
import dev.assay.agent.hardware.Power;
import dev.assay.agent.key.SignOnceTable;
import dev.assay.agent.key.UnsentResults;
import dev.assay.agent.market.Market;
import dev.assay.agent.market.WorkMarket;
import dev.assay.protocol.Digest;
import dev.assay.protocol.LocalSigner;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.content.ChatInput;
import dev.assay.protocol.content.ChatMessage;
import dev.assay.protocol.content.ChatOutput;
import dev.assay.protocol.content.EmbeddingsInput;
import dev.assay.protocol.content.EmbeddingsOutput;
import dev.assay.protocol.content.JobInput;
import dev.assay.protocol.content.KnownModels;
import dev.assay.protocol.content.ProfileClass;
import dev.assay.protocol.content.UnitPrice;
import dev.assay.protocol.wire.AttemptRef;
import dev.assay.protocol.wire.HandBack;
import dev.assay.protocol.wire.ResultAnswers.Outcome;
import dev.assay.protocol.wire.VerdictRequests.VerdictRequest;
import dev.assay.protocol.wire.VerdictVote;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The whole loop against a market over real HTTP; only the model's arithmetic is made up. */
@Timeout(60)
class WorkLoopModuleTests {
  private static final LocalSigner KEY = LocalSigner.create(new Random(11));
  private static final EmbeddingsInput INPUT = new EmbeddingsInput(List.of("one", "two"));
  private static final EmbeddingsInput ENDLESS = new EmbeddingsInput(List.of("endless"));
  private static final ChatInput CHAT =
      new ChatInput(
          List.of(new ChatMessage(ChatMessage.Role.USER, "What is a market?")), 40, 700, 42);

  private final WorkMarket market = new WorkMarket(Clock.systemUTC());
  private final CountingBackend backend = new CountingBackend();
  private final BlockingQueue<String> said = new LinkedBlockingQueue<>();
  private final List<String> all = new CopyOnWriteArrayList<>();
  private Clock clock = Clock.systemUTC();
  private URI address = market.address();
  private Pause pause = _ -> Thread.sleep(1);
  private @Nullable Running running;

  @TempDir Path home;

  /** Gives each text a vector of its length; can be held up and made to fail. */
  private static final class CountingBackend implements InferenceBackend {
    private final CountDownLatch started = new CountDownLatch(1);
    private volatile boolean isHeld;
    private final CountDownLatch released = new CountDownLatch(1);
    private volatile boolean isFailing;
    private volatile boolean isGone;
    private final CountDownLatch interrupted = new CountDownLatch(1);
    private final List<JobInput> inputs = new CopyOnWriteArrayList<>();
    private final AtomicInteger atOnce = new AtomicInteger();
    private final AtomicInteger mostAtOnce = new AtomicInteger();

    @Override
    public String name() {
      return "a model for tests";
    }

    @Override
    public List<ServedModel> models() {
      return List.of(new ServedModel(KnownModels.ALL_MINILM_L6_V2, ProfileClass.F32_CPU));
    }

    @Override
    public Set<Digest> ready() throws InterruptedException {
      return isGone ? Set.of() : InferenceBackend.super.ready();
    }

    @Override
    public Answer run(Digest model, JobInput input, OutputListener listener)
        throws BackendFailure, InterruptedException {
      mostAtOnce.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
      try {
        return answer(input);
      } finally {
        atOnce.decrementAndGet();
      }
    }

    private Answer answer(JobInput input) throws BackendFailure, InterruptedException {
      inputs.add(input);
      started.countDown();
      if (isHeld || input.equals(ENDLESS)) {
        try {
          released.await();
        } catch (InterruptedException e) {
          interrupted.countDown();
          throw e;
        }
      }
      if (isFailing) {
        throw new BackendFailure("It has no memory left.");
      }
      List<float[]> vectors = new ArrayList<>();
      for (String text : ((EmbeddingsInput) input).texts()) {
        vectors.add(new float[] {text.length(), 1});
      }
      return new Answer(EmbeddingsOutput.of(vectors), 6, 0);
    }

    @Override
    public void close() {}
  }

  private static final class Running implements AutoCloseable {
    private final Thread thread;
    private final CompletableFuture<WorkLoop.Ending> ending;
    private final AutoCloseable resources;
    private boolean isClosed;

    Running(Thread thread, CompletableFuture<WorkLoop.Ending> ending, AutoCloseable resources) {
      this.thread = thread;
      this.ending = ending;
      this.resources = resources;
    }

    WorkLoop.Ending stop() throws Exception {
      thread.interrupt();
      return ending();
    }

    WorkLoop.Ending ending() throws Exception {
      WorkLoop.Ending end = ending.get(30, TimeUnit.SECONDS);
      close();
      return end;
    }

    @Override
    public void close() throws Exception {
      if (!isClosed) {
        isClosed = true;
        thread.interrupt();
        thread.join();
        resources.close();
      }
    }
  }

  @AfterEach
  void stopEverything() throws Exception {
    if (running != null) {
      running.close();
    }
    market.close();
  }

  @Test
  void a_job_is_leased_executed_attested_and_accepted() throws Exception {
    AttemptRef attempt = market.post(INPUT);
    start();

    var result = market.awaitResult();

    assertThat(result.ref()).isEqualTo(attempt);
    assertThat(((EmbeddingsOutput) result.output()).vector(1)).containsExactly(3, 1);
    assertThat(result.attestation().inputUnits()).isEqualTo(6);
    awaitStatus(status -> status.counts().accepted() == 1);
    assertThat(market.books().getFirst().offers())
        .singleElement()
        .satisfies(offer ->
            assertThat(offer.concurrency()).isEqualTo(64)); // 2 slots, 16 held and 16 done each
    assertThat(running().stop()).isEqualTo(new WorkLoop.Ending.Stopped("It was asked to stop."));
    assertThat(all).anyMatch(line -> line.contains("works for " + WorkMarket.OWNER));
    assertThat(status().state()).isEqualTo(WorkerStatus.State.STOPPED);
    assertThat(status().worker()).isEqualTo(WorkMarket.OWNER);
  }

  @Test
  void a_chat_is_streamed_while_it_is_made_and_attested_whole() throws Exception {
    try (var words = new TinyRuntime(Duration.ZERO)) {
      var runtime = runtime(words);
      words.allow(3);
      market.post(CHAT);
      start(runtime);

      var streamed = new StringBuilder();
      while (streamed.toString().split(" ").length < 3) {
        streamed.append(market.awaitPiece().text()); // nothing is attested yet
      }
      assertThat(market.accepted()).isEmpty();
      words.allow(1_000);

      var result = market.awaitResult();
      String whole = String.join("", words.says(CHAT));
      assertThat(result.output()).isEqualTo(new ChatOutput(whole, ChatOutput.FinishReason.LENGTH));
      assertThat(result.attestation().outputUnits()).isEqualTo(CHAT.maxTokens());
      market.pieces().forEach(piece -> streamed.append(piece.text()));
      assertThat(streamed).hasToString(whole);
      assertThat(market.streams()).isEqualTo(1);
    }
  }

  @Test
  void a_stream_that_broke_begins_again_and_the_result_counts() throws Exception {
    try (var words = new TinyRuntime(Duration.ofMillis(20))) {
      var runtime = runtime(words);
      market.breakStreams(2);
      market.post(CHAT);
      start(runtime);

      var result = market.awaitResult();

      String whole = String.join("", words.says(CHAT));
      assertThat(((ChatOutput) result.output()).text()).isEqualTo(whole);
      assertThat(market.streams()).isEqualTo(3);
      assertThat(market.pieces()).filteredOn(piece -> piece.offset() == 0).hasSizeGreaterThan(1);
    }
  }

  @Test
  void a_cancelled_chat_stops_its_runtime_and_is_attested_as_far_as_it_came() throws Exception {
    try (var words = new TinyRuntime(Duration.ZERO)) {
      var runtime = runtime(words);
      words.allow(4);
      market.post(CHAT);
      start(runtime);
      var streamed = new StringBuilder();
      while (streamed.toString().split(" ").length < 4) {
        streamed.append(market.awaitPiece().text());
      }

      market.cancelEverything();

      var result = market.awaitResult();
      assertThat(result.output())
          .isEqualTo(new ChatOutput(streamed.toString(), ChatOutput.FinishReason.CANCELLED));
      assertThat(result.attestation().outputUnits()).isEqualTo(4);
      assertThat(result.attestation().inputUnits()).isEqualTo(1);
      assertThat(words.awaitHangUp()).isTrue(); // it makes no more, and sees that nobody listens
    }
  }

  /** The stream still goes out when the cancel comes; what is made already counts. */
  @Test
  void a_chat_that_is_done_when_it_is_cancelled_is_attested_whole() throws Exception {
    try (var words = new TinyRuntime(Duration.ZERO)) {
      var runtime = runtime(words);
      market.holdStreams();
      market.post(CHAT);
      start(runtime);
      String whole = String.join("", words.says(CHAT));
      var streamed = new StringBuilder();
      while (streamed.length() < whole.length()) {
        streamed.append(market.awaitPiece().text());
      }

      market.cancelEverything();

      assertThat(((ChatOutput) market.awaitResult().output()).text()).isEqualTo(whole);
    }
  }

  private OpenAiRuntime runtime(TinyRuntime words) throws InterruptedException {
    var found = (OpenAiRuntime.Probe.Found) OpenAiRuntime.probe(words.address());
    market.know(found.runtime().models().getFirst().manifest());
    return found.runtime();
  }

  @Test
  void an_idle_worker_says_why_once_and_what_it_was_not_given() throws Exception {
    start();

    await("Idle: No job is open.");
    awaitStatus(status -> status.skipped().containsKey("price above the requester's"));

    assertThat(status().state()).isEqualTo(WorkerStatus.State.IDLE);
    assertThat(status().because()).isEqualTo("No job is open.");
    assertThat(status().offers()).containsExactly("all-minilm-l6-v2");
  }

  @Test
  void a_result_whose_answer_was_lost_is_sent_again_and_counts_once() throws Exception {
    market.loseResults(2);
    market.post(INPUT);
    start();

    market.awaitResult();
    awaitStatus(status -> status.counts().accepted() == 1);

    assertThat(market.outcomes())
        .containsExactly(Outcome.ACCEPTED, Outcome.DUPLICATE, Outcome.DUPLICATE);
    assertThat(Files.size(home.resolve("unsent.jsonl"))).isZero();
  }

  @Test
  void a_result_that_an_earlier_process_has_left_is_sent_first() throws Exception {
    market.loseResults(Integer.MAX_VALUE);
    AttemptRef attempt = market.post(INPUT);
    start(Duration.ofMillis(100)); // its market is away: there is nothing to wait for
    market.awaitResult();
    await("results are not sent yet");
    running().stop();
    market.loseResults(0);

    start();

    await("1 results of an earlier run are sent first.");
    awaitStatus(status -> status.counts().accepted() == 1);
    assertThat(market.outcomes()).last().isEqualTo(Outcome.DUPLICATE);
    assertThat(market.accepted()).extracting(r -> r.ref()).containsExactly(attempt);
    assertThat(backend.inputs).hasSize(1);
  }

  @Test
  void a_result_for_which_there_was_no_session_until_the_worker_stopped_is_sent_by_the_next()
      throws Exception {
    backend.isHeld = true;
    AttemptRef attempt = market.post(INPUT);
    start();
    backend.started.await();
    market.unbind();
    market.forgetSessions();
    await("no owner has bound the session key");
    backend.released.countDown();
    awaitStatus(status -> status.running() == 0);
    running().stop();
    market.bind();

    start();

    assertThat(market.awaitResult().ref()).isEqualTo(attempt);
    assertThat(backend.inputs).hasSize(1);
  }

  @Test
  void a_result_for_which_there_is_no_session_is_on_the_disk_and_once() throws Exception {
    backend.isHeld = true;
    market.post(INPUT);
    market.post(INPUT);
    start(Duration.ofMillis(100));
    awaitStatus(status -> status.running() == 2);
    market.unbind();
    market.forgetSessions();
    await("no owner has bound the session key");

    backend.released.countDown();

    awaitUnsent(2);
    running().stop();
    assertThat(unsent()).hasSize(2);
  }

  /** The first is in the post, and waits there; the second is done meanwhile. */
  @Test
  void a_result_that_waits_behind_a_market_that_is_away_is_on_the_disk() throws Exception {
    var away = new CountDownLatch(1);
    market.loseResults(Integer.MAX_VALUE);
    market.post(INPUT);
    market.post(ENDLESS);
    pause =
        _ -> {
          if (market.outcomes().isEmpty()) {
            Thread.sleep(1);
          } else {
            away.await();
          }
        };
    start(Duration.ofMillis(100));
    await("results are not sent yet");

    backend.released.countDown();

    awaitUnsent(2);
    away.countDown();
    market.loseResults(0);
    awaitStatus(status -> status.counts().accepted() == 2);
    assertThat(unsent()).isEmpty();
  }

  private void awaitUnsent(int number) throws Exception {
    long over = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (unsent().size() < number && System.nanoTime() < over) {
      LockSupport.parkNanos(20_000_000);
    }
    assertThat(unsent()).as("said: %s", all).hasSize(number);
  }

  private List<String> unsent() throws IOException {
    return Files.readAllLines(home.resolve("unsent.jsonl"));
  }

  @Test
  void what_was_left_and_cannot_be_read_is_told_with_its_place() throws Exception {
    Files.writeString(home.resolve("unsent.jsonl"), "{}?\n");

    start();

    await("1 results of an earlier run cannot be read and are not sent; they are in " + home);
  }

  @Test
  void a_result_that_is_not_taken_for_a_day_is_given_up_and_the_worker_can_stop() throws Exception {
    market.loseResults(Integer.MAX_VALUE);
    market.post(INPUT);
    start(Duration.ofMillis(100));
    await("results are not sent yet");
    running().stop();
    clock = Clock.offset(clock, Duration.ofHours(25));

    start();

    await("is given up: a day after it was made it is not taken.");
    new Control(home).drain();
    assertThat(running().ending()).isInstanceOf(WorkLoop.Ending.Stopped.class);
    assertThat(status().counts().refused()).isEqualTo(1);
    assertThat(Files.size(home.resolve("unsent.jsonl"))).isZero();
  }

  @Test
  void what_a_runtime_that_is_gone_ran_is_not_sold_until_it_is_back() throws Exception {
    backend.isFailing = true;
    backend.isGone = true;
    market.post(INPUT);
    start();
    assertThat(market.awaitHandBack().reason()).isEqualTo(HandBack.Reason.FAILED);
    awaitStatus(status -> status.because().equals("a model for tests does not run its models."));
    assertThat(status().state()).isEqualTo(WorkerStatus.State.PAUSED);
    awaitStatus(status -> status.offers().isEmpty());
    assertThat(market.books().getLast().offers()).isEmpty();
    market.awaitNobodyParked();
    AttemptRef next = market.post(INPUT);

    backend.isFailing = false;
    backend.isGone = false;

    assertThat(market.awaitResult().ref()).isEqualTo(next);
    assertThat(market.books().getLast().offers()).hasSize(1);
    await("a model for tests runs its models again.");
  }

  @Test
  void a_job_that_fails_on_a_runtime_that_is_there_costs_no_other() throws Exception {
    backend.isFailing = true;
    market.post(INPUT);
    start();
    market.awaitHandBack();
    backend.isFailing = false;

    AttemptRef next = market.post(INPUT);

    assertThat(market.awaitResult().ref()).isEqualTo(next);
    assertThat(market.books()).hasSize(1);
  }

  @Test
  void an_attempt_that_is_leased_again_is_not_signed_again_even_after_a_restart() throws Exception {
    AttemptRef attempt = market.post(INPUT);
    start();
    market.awaitResult();
    awaitStatus(status -> status.counts().accepted() == 1);
    running().stop();

    market.leaseAgain(attempt);
    start();

    assertThat(market.awaitHandBack().because()).contains("signed before");
    assertThat(backend.inputs).hasSize(1);
    assertThat(market.outcomes()).doesNotContain(Outcome.CONTRADICTION);
  }

  @Test
  void a_session_that_the_market_forgot_is_begun_again_without_losing_work() throws Exception {
    start();
    await("Idle: No job is open.");

    market.forgetSessions();
    AttemptRef attempt = market.post(INPUT);

    assertThat(market.awaitResult().ref()).isEqualTo(attempt);
  }

  @Test
  void leases_that_do_not_fit_are_handed_back_with_the_reason() throws Exception {
    market.post(
        INPUT, new WalletAddress("0x" + "11".repeat(20)), Duration.ofMinutes(1), INPUT.digest());
    market.post(INPUT, WorkMarket.OWNER, Duration.ofMinutes(1), Digest.keccak256((byte) 9));
    market.post(INPUT, WorkMarket.OWNER, Duration.ofMinutes(-1), INPUT.digest());
    start();

    assertThat(List.of(market.awaitHandBack(), market.awaitHandBack(), market.awaitHandBack()))
        .extracting(HandBack::because)
        .containsExactlyInAnyOrder(
            "The assignment is another worker's.",
            "The input is not that of the lease's inputDigest.",
            "The deadline has passed.");
    assertThat(backend.inputs).isEmpty();
  }

  @Test
  void a_model_that_fails_gives_the_job_back_with_its_words() throws Exception {
    backend.isFailing = true;
    market.post(INPUT);
    start();

    HandBack handBack = market.awaitHandBack();

    assertThat(handBack.reason()).isEqualTo(HandBack.Reason.FAILED);
    assertThat(handBack.because()).isEqualTo("It has no memory left.");
    awaitStatus(status -> status.counts().failed() == 1);
  }

  /** What is leased to it and it does not name, its market gives to it once more. */
  @Test
  void a_job_on_its_way_back_counts_as_in_hand_until_the_market_has_it() throws Exception {
    backend.isHeld = true;
    backend.isFailing = true;
    try (var gateway = new Gateway(market, KEY)) {
      address = gateway.address();
      AttemptRef attempt = market.post(INPUT);
      start();
      assertThat(gateway.awaitPoll().holding()).isEmpty();
      assertThat(gateway.awaitPoll().holding()).containsExactly(attempt);
      backend.released.countDown();
      gateway.awaitHandBack();

      assertThat(gateway.awaitPoll().holding()).containsExactly(attempt);

      gateway.letHandBacksPass();
      market.awaitHandBack();
      while (!List.of().equals(gateway.awaitPoll().holding())) {
        // One was asked before the market had answered the hand-back.
      }
      running().stop();
    }
  }

  @Test
  void a_clock_that_is_set_forward_costs_no_job_and_a_heartbeat_tells_of_it() throws Exception {
    var isFast = new AtomicBoolean();
    InstantSource setForward =
        () -> isFast.get() ? Instant.now().plus(Duration.ofHours(1)) : Instant.now();
    clock = setForward.withZone(ZoneOffset.UTC);
    backend.isHeld = true;
    market.post(INPUT);
    market.post(INPUT);
    start();
    awaitStatus(status -> status.running() == 2); // it asks for no more

    isFast.set(true);

    await("s ahead of the market's");
    assertThat(status().running()).isEqualTo(2);
    backend.released.countDown();
    assertThat(List.of(market.awaitResult(), market.awaitResult())).hasSize(2);
  }

  @Test
  void a_job_that_is_over_by_the_heartbeats_answer_is_stopped() throws Exception {
    backend.isHeld = true;
    market.stopEverything();
    AttemptRef attempt = market.post(INPUT);
    start();

    assertThat(market.awaitBeat().attempts()).containsExactly(attempt);
    await("is over, by the market's word");
    awaitStatus(status -> status.running() == 0);

    assertThat(backend.interrupted.await(30, TimeUnit.SECONDS)).isTrue();
    assertThat(market.accepted()).isEmpty();
  }

  @Test
  void heartbeats_go_on_though_the_clock_is_set_back() throws Exception {
    var fast = new AtomicBoolean(true);
    InstantSource setBack =
        () -> fast.get() ? Instant.now() : Instant.now().minus(Duration.ofHours(1));
    clock = setBack.withZone(ZoneOffset.UTC);
    backend.isHeld = true;
    AttemptRef attempt = market.post(INPUT);
    start(Duration.ofMillis(100));
    assertThat(market.awaitBeat().attempts()).containsExactly(attempt);

    fast.set(false);

    assertThat(market.awaitBeat().attempts()).containsExactly(attempt);
    assertThat(market.awaitBeat().attempts()).containsExactly(attempt);
  }

  @Test
  void a_stop_lets_a_job_finish_within_its_grace() throws Exception {
    backend.isHeld = true;
    market.post(INPUT);
    start(Duration.ofMillis(300));
    backend.started.await();

    running().stop();

    HandBack handBack = market.awaitHandBack();
    assertThat(handBack.reason()).isEqualTo(HandBack.Reason.LEAVING);
    assertThat(handBack.because()).isEqualTo("The worker stops.");
    assertThat(backend.interrupted.await(30, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void a_job_that_runs_past_its_deadline_is_given_up() throws Exception {
    backend.isHeld = true;
    market.post(INPUT, WorkMarket.OWNER, Duration.ofSeconds(6), INPUT.digest());
    start();

    assertThat(market.awaitHandBack().because()).isEqualTo("It was not done by its deadline.");
    assertThat(backend.interrupted.await(30, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void a_paused_worker_takes_nothing_until_it_is_resumed() throws Exception {
    Control control = new Control(home);
    control.pause(null);
    start();
    awaitStatus(status -> status.state() == WorkerStatus.State.PAUSED);
    assertThat(status().because())
        .isEqualTo("It was paused by its owner; 'assay-worker resume' lets it go on.");
    AttemptRef attempt = market.post(INPUT);

    control.resume();

    assertThat(market.awaitResult().ref()).isEqualTo(attempt);
    assertThat(all).contains("Goes on working.");
  }

  @Test
  void a_drained_worker_finishes_and_stops() throws Exception {
    start();
    await("Idle: No job is open.");

    new Control(home).drain();

    assertThat(running().ending())
        .isEqualTo(new WorkLoop.Ending.Stopped("It was drained by its owner."));
  }

  @Test
  void a_market_that_drains_its_workers_is_heeded() throws Exception {
    backend.isHeld = true;
    market.drain("A new version is rolled out.");
    market.stopEverything();
    market.post(INPUT);
    start();

    assertThat(running().ending())
        .isEqualTo(
            new WorkLoop.Ending.Stopped(
                "The market asked it to drain: A new version is rolled out."));
  }

  @Test
  void a_market_with_another_court_is_refused_by_name() throws Exception {
    start();
    await("Idle: No job is open.");
    running().stop();
    market.moveCourt();

    start();

    assertThat(running().ending())
        .isInstanceOfSatisfying(
            WorkLoop.Ending.Refused.class,
            refused ->
                assertThat(refused.why())
                    .contains("0x" + "c1".repeat(20), "0x" + "c0".repeat(20), "court.json"));
  }

  @Test
  void a_key_that_nobody_has_bound_waits_and_says_what_to_do() throws Exception {
    market.unbind();
    start();

    await("no owner has bound the session key " + KEY.address());
    awaitStatus(status -> status.state() == WorkerStatus.State.WAITING_FOR_MARKET);
    assertThat(status().because()).contains("wallet show");
  }

  @Test
  void a_batch_that_the_market_refuses_is_sent_one_by_one() throws Exception {
    market.refuseResults(1);
    for (int i = 0; i < 2; i++) {
      market.post(INPUT);
    }
    start();

    market.awaitResult();
    awaitStatus(status -> status.counts().accepted() + status.counts().refused() == 2);
    assertThat(status().counts().accepted()).isPositive();
  }

  @Test
  void leases_of_quick_jobs_are_held_ready_and_those_of_slow_ones_are_not() throws Exception {
    for (int i = 0; i < 200; i++) {
      market.post(INPUT);
    }
    start();
    for (int i = 0; i < 200; i++) {
      market.awaitResult();
    }
    awaitStatus(status -> status.counts().accepted() == 200);

    assertThat(market.largestCapacity()).isBetween(3, 32);
    assertThat(status().running()).isLessThanOrEqualTo(2);
    assertThat(backend.mostAtOnce.get())
        .isBetween(1, 2); // slots; both at once is the machine's luck

    backend.isHeld = true;
    int before = backend.inputs.size();
    market.post(INPUT);
    awaitStatus(status -> status.running() == 1);
    assertThat(backend.inputs).hasSize(before + 1);
  }

  @Test
  void a_stop_hands_back_at_once_what_was_held_ready_only() throws Exception {
    market.post(INPUT);
    start(Duration.ofSeconds(2));
    market.awaitResult();
    awaitStatus(status -> status.counts().accepted() == 1);
    backend.isHeld = true;
    for (int i = 0; i < 3; i++) {
      market.post(INPUT);
    }
    awaitStatus(status -> status.running() == 2);
    market.awaitLeased(3);

    var stopping = CompletableFuture.supplyAsync(this::stopRunning);

    assertThat(market.awaitHandBack().reason()).isEqualTo(HandBack.Reason.LEAVING);
    assertThat(backend.interrupted.getCount()).isEqualTo(1);
    assertThat(stopping.get(30, TimeUnit.SECONDS)).isInstanceOf(WorkLoop.Ending.Stopped.class);
    assertThat(List.of(market.awaitHandBack(), market.awaitHandBack())).hasSize(2);
  }

  @Test
  void a_result_waits_for_others_only_for_a_moment_though_leases_wait_for_long_jobs()
      throws Exception {
    market.post(INPUT);
    start(Duration.ofMillis(100));
    market.awaitResult();
    awaitStatus(status -> status.counts().accepted() == 1);
    market.post(ENDLESS);
    AttemptRef quick = market.post(INPUT);
    market.post(ENDLESS);
    AttemptRef behind = market.post(INPUT);

    assertThat(market.awaitResult().ref()).isEqualTo(quick);

    HandBack handBack = market.awaitHandBack(); // others need not wait as long as this worker would
    assertThat(handBack.attempt()).isEqualTo(behind);
    assertThat(handBack.reason()).isEqualTo(HandBack.Reason.LEAVING);
    assertThat(handBack.because()).isEqualTo("What the worker began before it takes long.");
    assertThat(backend.interrupted.getCount()).isEqualTo(1);
  }

  private WorkLoop.Ending stopRunning() {
    try {
      return running().stop();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void many_jobs_are_all_done_once() throws Exception {
    List<AttemptRef> posted = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      posted.add(market.post(INPUT));
    }
    start();

    for (int i = 0; i < posted.size(); i++) {
      market.awaitResult();
    }

    assertThat(market.accepted())
        .extracting(r -> r.ref())
        .containsExactlyInAnyOrderElementsOf(posted);
    assertThat(market.outcomes()).containsOnly(Outcome.ACCEPTED);
  }

  @Test
  void what_a_committee_is_asked_for_is_signed_once_by_what_the_worker_has_found()
      throws Exception {
    market.post(INPUT);
    start();
    var own = market.awaitResult();
    awaitStatus(status -> status.counts().accepted() == 1);
    assertThat(market.books().getFirst().verifies()).isTrue();
    running().stop();
    var request = VerdictCheckModuleTests.requestAbout(own, market.court());
    market.askToJudge(request);
    market.loseVotes(1);

    start();
    VerdictVote lost = market.awaitVote();
    awaitStatus(status -> status.state() == WorkerStatus.State.IDLE);
    running().stop();
    start();
    VerdictVote taken = market.awaitVote();

    assertThat(taken).isEqualTo(lost); // the market has seen no two verdicts of one worker
    assertThat(taken.verdict().outcome()).isEqualTo(dev.assay.protocol.Outcome.INVALID);
    assertThat(taken.verdict().verifier()).isEqualTo(WorkMarket.OWNER);
    assertThat(taken.verdict().attestation())
        .isEqualTo(request.accused().attestation().digest(market.court()));
    assertThat(taken.verdict().referenceDigest()).isEqualTo(own.output().digest());
    awaitStatus(status -> new WorkerStatus.Verdicts(1, 0).equals(status.verdicts()));
    assertThat(all).anyMatch(line -> line.contains("as a member of a committee"));
  }

  @Test
  void a_verdict_that_its_own_result_does_not_bear_out_is_declined_and_said_once()
      throws Exception {
    market.post(INPUT);
    start();
    var own = market.awaitResult();
    awaitStatus(status -> status.counts().accepted() == 1);
    running().stop();
    var honest = VerdictCheckModuleTests.requestAbout(own, market.court());
    market.askToJudge(
        new VerdictRequest(
            honest.reference(), honest.own(), honest.reference(), honest.epoch(), 0));

    start();

    await("By its own result the accused one is not invalid.");
    awaitStatus(status -> new WorkerStatus.Verdicts(0, 1).equals(status.verdicts()));
    assertThat(market.votes()).isEmpty();
  }

  private Running running() {
    if (running == null) {
      throw new AssertionError("nothing runs");
    }
    return running;
  }

  private void start() throws IOException {
    start(backend);
  }

  private void start(InferenceBackend serving) throws IOException {
    start(Duration.ofSeconds(5), serving);
  }

  private void start(Duration grace) throws IOException {
    start(grace, backend);
  }

  private void start(Duration grace, InferenceBackend serving) throws IOException {
    WorkerHome opened =
        switch (WorkerHome.open(home, 42)) {
          case WorkerHome.Opening.Opened(WorkerHome it) -> it;
          case WorkerHome.Opening other -> throw new AssertionError(other);
        };
    Random chance = new Random(5);
    Market link = new Market(address, "assay-worker/1.2.3", clock, chance);
    ResultPost post =
        new ResultPost(
            KEY,
            SignOnceTable.open(home.resolve("signed.log")),
            UnsentResults.open(home.resolve("unsent.jsonl")),
            clock);
    Control control = new Control(home);
    WorkLoop loop =
        new WorkLoop(
            new WorkLoop.Plan(
                address,
                "assay-worker/1.2.3",
                42,
                "local",
                UnitPrice.FREE,
                UnitPrice.FREE,
                2,
                true,
                grace,
                null),
            KEY,
            link,
            new Catalogue(List.of(serving)),
            post,
            new PauseRules(
                control,
                Schedule.ALWAYS,
                BatteryRule.ALWAYS,
                () -> new Power(true, OptionalInt.empty()),
                clock,
                ZoneOffset.UTC),
            opened,
            clock,
            chance,
            pause,
            (level, message, trace) -> {
              all.add(message);
              said.add(message);
            });
    CompletableFuture<WorkLoop.Ending> ending = new CompletableFuture<>();
    Thread thread =
        Thread.ofPlatform()
            .start(() -> {
              try {
                ending.complete(loop.run());
              } catch (RuntimeException | Error e) {
                ending.completeExceptionally(e);
              }
            });
    running =
        new Running(
            thread,
            ending,
            () -> {
              link.close();
              post.close();
              opened.close();
            });
  }

  private void await(String words) throws InterruptedException {
    String line = said.poll(30, TimeUnit.SECONDS);
    while (line != null && !line.contains(words)) {
      line = said.poll(30, TimeUnit.SECONDS);
    }
    assertThat(line).as("said: %s", all).isNotNull();
  }

  /** The file is replaced within a second of each change. */
  private void awaitStatus(Predicate<WorkerStatus> wanted) throws Exception {
    long over = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (System.nanoTime() < over) {
      if (WorkerHome.lastStatus(home).filter(wanted).isPresent()) {
        return;
      }
      LockSupport.parkNanos(20_000_000);
    }
    throw new AssertionError("never so: " + status() + "; said: " + all);
  }

  private WorkerStatus status() throws IOException {
    return WorkerHome.lastStatus(home).orElseThrow();
  }
}
