package dev.assay.marketplace.dispatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.assay.marketplace.Http;
import dev.assay.marketplace.MarketModuleTest;
import dev.assay.marketplace.TestWorker;
import dev.assay.marketplace.identity.BoundKeys;
import dev.assay.marketplace.identity.TestWallet;
import dev.assay.marketplace.matching.Floor;
import dev.assay.marketplace.matching.InHand;
import dev.assay.marketplace.platform.Replicas;
import dev.assay.marketplace.purse.Purse;
import dev.assay.marketplace.purse.RecordPurse;
import dev.assay.protocol.Digest;
import dev.assay.protocol.JobId;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.content.KnownModels;
import dev.assay.protocol.wire.AttemptRef;
import dev.assay.protocol.wire.Lease;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.test.context.TestPropertySource;

/** Beside replicas that are only said to live, so that a test says what they do. */
@MarketModuleTest
@TestPropertySource(
    properties = {
      "marketplace.dispatch.steal-after=1500ms",
      // What a test hides from this replica must not be found by itself.
      "marketplace.dispatch.orphans-every=1h",
      "marketplace.dispatch.reconcile-every=1h"
    })
@Timeout(120)
class StealJobsModuleTests {
  private static final Duration STEAL_AFTER = Duration.ofMillis(1_500);
  private static final Digest MODEL = KnownModels.ALL_MINILM_L6_V2.digest();
  private static final AtomicInteger WALLETS = new AtomicInteger(0xa000);

  private final int port;
  private final JdbcClient jdbc;
  private final DataSource connections;
  private final BoundKeys keys;
  private final RecordPurse purses;
  private final Replicas replicas;
  private final Floor floor;
  private final InHand inHand;
  private final ApplicationEventPublisher events;
  private final MeterRegistry meters;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final List<TestWorker> workers = new ArrayList<>();
  private final List<String> jobs = new ArrayList<>();
  private final UUID owner = UUID.randomUUID();
  private String token;

  StealJobsModuleTests(
      @LocalServerPort int port,
      @Autowired JdbcClient jdbc,
      @Autowired DataSource connections,
      @Autowired BoundKeys keys,
      @Autowired RecordPurse purses,
      @Autowired Replicas replicas,
      @Autowired Floor floor,
      @Autowired InHand inHand,
      @Autowired ApplicationEventPublisher events,
      @Autowired MeterRegistry meters) {
    this.port = port;
    this.jdbc = jdbc;
    this.connections = connections;
    this.keys = keys;
    this.purses = purses;
    this.replicas = replicas;
    this.floor = floor;
    this.inHand = inHand;
    this.events = events;
    this.meters = meters;
  }

  @BeforeEach
  void start() {
    live(owner);
    worker(1); // offers, so that jobs are taken, and does not ask
    TestWallet requester = TestWallet.create();
    token = requester.signIn(port);
    var plenty = TokenAmount.of(100_000_000);
    purses.record(
        new Purse(requester.address(), plenty, plenty, TokenAmount.ZERO, TokenAmount.ZERO, 1));
  }

  @AfterEach
  void leave() {
    jdbc.sql("delete from replica where seen_at > clock_timestamp() + interval '1 minute'")
        .update();
    replicas.look();
    workers.forEach(TestWorker::leaves);
    jobs.forEach(job -> Http.send(port, "POST", "/api/jobs/" + job + "/cancel", token, null));
    threads.shutdownNow();
  }

  private void live(UUID replica) {
    jdbc.sql(
            "insert into replica (id, started_at, seen_at) values (:id, clock_timestamp(),"
                + " clock_timestamp() + interval '1 hour')")
        .param("id", replica)
        .update();
    replicas.look();
  }

  private TestWorker worker(int concurrency) {
    var key = TestWallet.create();
    var address = new WalletAddress("0x%040x".formatted(WALLETS.incrementAndGet()));
    keys.bind(key.address(), address);
    var worker = new TestWorker(port, address, key).offers(10_000, concurrency, "eu");
    workers.add(worker);
    return worker;
  }

  private Future<List<Lease>> parked(TestWorker worker) {
    Future<List<Lease>> poll = threads.submit(() -> worker.asks(4, "20s").leases());
    await().until(() -> floor.isAwaited(MODEL));
    return poll;
  }

  private JobId posted() {
    return posted("");
  }

  private JobId posted(String more) {
    var answer =
        Http.send(
            port,
            "POST",
            "/api/jobs",
            token,
            """
            {"model":"all-minilm-l6-v2","input":{"kind":"embeddings","texts":["elsewhere"]}%s}\
            """
                .formatted(more));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
    String job = Http.read(answer).path("id").stringValue();
    jobs.add(job);
    return JobId.parse(job);
  }

  /** One that another replica has: this one hears of it by notices, and does not find it itself. */
  private JobId postedElsewhere() {
    return hidden(posted());
  }

  private JobId hidden(JobId job) {
    await().until(() -> floor.knows(job));
    floor.withdraw(job);
    return job;
  }

  private void hears(Notice... notices) {
    NoticeText.write(owner, List.of(notices))
        .forEach(payload ->
            jdbc.sql("select pg_notify('assay_notices', :payload)::text")
                .param("payload", payload)
                .query(String.class)
                .single());
  }

  private static Notice waiting(JobId job) {
    return new Notice.Waiting(job, MODEL, 1);
  }

  private double count(String counter) {
    return meters.get(counter).counter().count();
  }

  @Test
  void the_first_in_turn_takes_a_job_at_once_and_the_second_when_the_first_has_not()
      throws Exception {
    List<JobId> mine = new ArrayList<>();
    List<JobId> second = new ArrayList<>();
    live(UUID.randomUUID());
    while (mine.isEmpty() || second.isEmpty()) {
      JobId job = postedElsewhere();
      (replicas.before(job, owner) == 0 ? mine : second).add(job);
    }

    Future<List<Lease>> first = parked(worker(4));
    long told = System.nanoTime();
    hears(waiting(mine.getFirst()));
    assertThat(first.get()).hasSize(1);
    assertThat(Duration.ofNanos(System.nanoTime() - told)).isLessThan(STEAL_AFTER);

    Future<List<Lease>> next = parked(worker(4));
    told = System.nanoTime();
    hears(waiting(second.getFirst()));
    assertThat(next.get()).hasSize(1);
    assertThat(Duration.ofNanos(System.nanoTime() - told)).isGreaterThanOrEqualTo(STEAL_AFTER);
  }

  @Test
  void what_another_has_leased_meanwhile_is_not_read_when_its_turn_comes() {
    live(UUID.randomUUID());
    JobId job = postedElsewhere();
    while (replicas.before(job, owner) == 0) {
      job = postedElsewhere();
    }
    Future<List<Lease>> poll = parked(worker(4));
    double before = count("market.jobs.steals");
    hears(waiting(job));
    hears(leased(job));
    JobId taken = job;
    await().until(() -> inHand.has(taken));
    await()
        .during(STEAL_AFTER.plusMillis(500))
        .atMost(Duration.ofSeconds(30))
        .until(() -> count("market.jobs.steals") == before && !poll.isDone());
  }

  private static Notice leased(JobId job) {
    return new Notice.Leased(
        job,
        new AttemptRef(Digest.keccak256(job.toString().getBytes(StandardCharsets.UTF_8)), 1),
        new WalletAddress("0x" + "77".repeat(20)),
        MODEL,
        TokenAmount.of(1),
        Instant.now().plusSeconds(60));
  }

  @Test
  void a_worker_is_given_as_many_as_it_takes_and_the_next_one_the_others() throws Exception {
    List<JobId> elsewhere = Stream.generate(this::postedElsewhere).limit(6).toList();
    Future<List<Lease>> first = parked(worker(4));

    hears(elsewhere.stream().map(StealJobsModuleTests::waiting).toArray(Notice[]::new));

    assertThat(first.get()).hasSize(4);
    assertThat(worker(4).asks(4, "5s").leases()).hasSize(2);
  }

  @Test
  void a_thousand_notices_make_few_reads() {
    JobId last = postedElsewhere();
    Future<List<Lease>> poll = parked(worker(4));
    double before = count("market.jobs.steals");
    Notice[] many =
        Stream.generate(() -> waiting(new JobId(UUID.randomUUID())))
            .limit(1_000)
            .toArray(Notice[]::new);

    hears(many);
    hears(waiting(last));

    await().until(poll::isDone);
    assertThat(count("market.jobs.steals") - before).isBetween(1.0, 40.0);
  }

  @Test
  void what_nobody_told_is_found_by_looking() {
    assertFound(lost(""));
  }

  @Test
  void what_lies_behind_a_page_that_suits_nobody_is_found_by_looking() {
    String forAnother = ",\"provider\":{\"only\":[\"%s\"]}".formatted(worker(64).address());
    for (int i = 0; i < 64; i++) {
      lost(forAnother);
    }
    assertFound(lost(""));
  }

  private JobId lost(String more) {
    JobId lost = hidden(posted(more));
    jdbc.sql("update open_job set replica = :owner where job = :job")
        .param("owner", owner)
        .param("job", lost.uuid())
        .update();
    return lost;
  }

  private void assertFound(JobId lost) {
    TestWorker worker = worker(4);
    List<Lease> leases = new ArrayList<>();
    await().until(() -> leases.addAll(worker.asks(4, "0s").leases()));
    assertThat(leases.getFirst().assignment().jobId()).isEqualTo(signed(lost));
  }

  private Digest signed(JobId job) {
    return jdbc.sql("select signed_id from job where id = :job")
        .param("job", job.uuid())
        .query((row, _) -> Digest.of(row.getBytes("signed_id")))
        .single();
  }

  @Test
  void a_lease_that_is_told_after_its_end_is_not_in_hand() {
    JobId ended = new JobId(UUID.randomUUID());
    var lease = (Notice.Leased) leased(ended);
    events.publishEvent(new NoticeText.Heard(owner, List.of(lease)));
    assertThat(inHand.has(ended)).isTrue();
    events.publishEvent(new NoticeText.Heard(owner, List.of(new Notice.Ended(ended, 1))));
    events.publishEvent(new NoticeText.Heard(owner, List.of(lease)));
    assertThat(inHand.has(ended)).isFalse();

    JobId again = new JobId(UUID.randomUUID());
    var first = (Notice.Leased) leased(again);
    var second =
        new Notice.Leased(
            again,
            new AttemptRef(first.attempt().jobId(), 2),
            first.worker(),
            MODEL,
            first.price(),
            first.deadline());
    var over = new Notice.AttemptOver(again, first.attempt(), first.worker());
    events.publishEvent(new NoticeText.Heard(owner, List.of(over, second, first)));
    assertThat(inHand.leased(again)).containsExactly(second.hold());
    events.publishEvent(new NoticeText.Heard(owner, List.of(new Notice.Ended(again, 2))));
    assertThat(inHand.has(again)).isFalse();
  }

  @Test
  void a_lease_of_another_that_is_told_after_it_ended_here_is_not_in_hand() {
    TestWorker worker = worker(4);
    JobId job = posted();
    Lease lease = worker.asks(1, "10s").leases().getFirst();
    worker.sends(worker.result(lease));
    assertThat(inHand.has(job)).isFalse();

    events.publishEvent(
        new NoticeText.Heard(
            owner,
            List.of(
                new Notice.Leased(
                    job,
                    lease.ref(),
                    worker.address(),
                    MODEL,
                    TokenAmount.of(1),
                    Instant.now().plusSeconds(60)))));

    assertThat(inHand.has(job)).isFalse();
  }

  @Test
  void who_had_its_hands_full_has_what_others_told_meanwhile_when_one_is_empty() throws Exception {
    TestWorker worker = worker(1);
    posted();
    Lease held = worker.asks(1, "10s").leases().getFirst();
    Future<List<Lease>> poll = threads.submit(() -> worker.asks(1, "20s").leases());
    await().until(() -> floor.isAwaited(MODEL));
    JobId elsewhere = postedElsewhere();
    double before = count("market.jobs.steals");
    hears(waiting(elsewhere));
    await().until(() -> count("market.jobs.steals") > before);
    assertThat(poll).isNotDone();

    worker.sends(worker.result(held));

    assertThat(poll.get().getFirst().assignment().jobId()).isEqualTo(signed(elsewhere));
  }

  @Test
  void a_job_for_which_nobody_came_of_late_is_told_at_once() throws SQLException {
    await().until(() -> floor.askedAt(MODEL).isBefore(Instant.now().minusMillis(200)));
    try (var ear = new Ear()) {
      long began = System.nanoTime();
      JobId job = posted();
      ear.hears("waiting " + job.uuid());
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(STEAL_AFTER);
    }
  }

  @Test
  void what_a_worker_that_came_a_moment_ago_takes_when_it_comes_again_is_not_told()
      throws SQLException {
    TestWorker worker = worker(4);
    try (var ear = new Ear()) {
      JobId job = untilNotTold(worker, ear);
      assertThat(worker.asks(1, "5s").leases()).hasSize(1);
      ear.hears("leased " + job.uuid());
      assertThat(ear.heard("waiting " + job.uuid())).isFalse();
    }
  }

  @Test
  void what_it_does_not_take_is_told_when_its_turn_is_over() throws SQLException {
    TestWorker worker = worker(4);
    try (var ear = new Ear()) {
      JobId job = untilNotTold(worker, ear);
      ear.hears("waiting " + job.uuid());
    }
  }

  /** A job that was posted less than a moment after the worker came, however slow the machine. */
  private JobId untilNotTold(TestWorker worker, Ear ear) throws SQLException {
    while (true) {
      worker.asks(1, "0s");
      JobId job = posted();
      Instant at = Instant.now();
      boolean isInTime = floor.askedAt(MODEL).isAfter(at.minusMillis(45));
      if (isInTime && !ear.heard("waiting " + job.uuid())) {
        return job;
      }
      floor.withdraw(job);
    }
  }

  /** Hears what replicas tell each other. */
  private final class Ear implements AutoCloseable {
    private final Connection connection;
    private final StringBuilder all = new StringBuilder();

    Ear() throws SQLException {
      connection = connections.getConnection();
      connection.createStatement().execute("listen assay_notices");
    }

    boolean heard(String words) throws SQLException {
      PGNotification[] some = connection.unwrap(PGConnection.class).getNotifications(20);
      for (PGNotification one : some == null ? new PGNotification[0] : some) {
        all.append(one.getParameter()).append('\n');
      }
      return all.indexOf(words) >= 0;
    }

    void hears(String words) {
      await().atMost(Duration.ofSeconds(30)).until(() -> heard(words));
    }

    @Override
    public void close() throws SQLException {
      connection.createStatement().execute("unlisten *");
      connection.close();
    }
  }
}
