package dev.assay.marketplace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.assay.marketplace.matching.Floor;
import dev.assay.protocol.JobId;
import dev.assay.protocol.content.KnownModels;
import dev.assay.protocol.wire.HandBack;
import dev.assay.protocol.wire.Lease;
import dev.assay.protocol.wire.LeaseAnswer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * A worker that waits has a new job with the commit that posts it, and an old one as soon as it may
 * have it.
 */
@MarketModuleTest
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(120)
class FirstLeaseModuleTests {
  private static final String JOB =
      """
      {"model":"all-minilm-l6-v2","input":{"kind":"embeddings","texts":["at once"]}}\
      """;

  private final JdbcClient jdbc;
  private final TestMarket market;
  private final Floor floor;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  private TestRequester requester;

  FirstLeaseModuleTests(
      @Autowired JdbcClient jdbc, @Autowired TestMarket market, @Autowired Floor floor) {
    this.jdbc = jdbc;
    this.market = market;
    this.floor = floor;
  }

  @BeforeEach
  void parties() {
    market.opens();
    requester = market.requester(1_000_000);
  }

  @AfterEach
  void leave() {
    threads.close();
    market.closes();
  }

  private Future<LeaseAnswer> waits(TestWorker worker, int capacity) {
    Future<LeaseAnswer> answer = threads.submit(() -> worker.asks(capacity, "30s"));
    await("somebody waits")
        .atMost(Duration.ofSeconds(60))
        .until(() -> floor.isAwaited(KnownModels.ALL_MINILM_L6_V2.digest()));
    return answer;
  }

  private List<String> attempts(String job) {
    return jdbc.sql(
            """
            select a.worker || ' ' || a.attempt || case when a.xmin = j.xmin then ' with the job' else ' later' end
            from job j join assignment a on a.job = j.id where j.id = :job
            """)
        .param("job", JobId.parse(job).uuid())
        .query((row, _) -> row.getString(1))
        .list();
  }

  @Test
  void who_waits_has_its_lease_in_the_transaction_of_the_post() throws Exception {
    TestWorker worker = market.worker().offers(10_000);
    Future<LeaseAnswer> answer = waits(worker, 1);

    String job = requester.posts(JOB);

    Lease lease = answer.get().leases().getFirst();
    assertThat(attempts(job)).containsExactly(worker.address() + " 1 with the job");
    worker.sends(worker.result(lease));
    assertThat(requester.waitsFor(job).path("status").stringValue()).isEqualTo("attested");
    assertThat(worker.asks(1, "0s").leases()).as("the job is not offered again").isEmpty();
  }

  @Test
  void a_job_without_anybody_waiting_is_leased_to_whoever_comes() {
    TestWorker worker = market.worker().offers(10_000);
    String job = requester.posts(JOB);
    worker.leases();
    assertThat(attempts(job)).containsExactly(worker.address() + " 1 later");
  }

  @Test
  void who_waits_with_its_hands_full_is_given_what_waits_as_soon_as_a_result_has_emptied_one()
      throws Exception {
    hasTheNextWhen((worker, lease) -> worker.sends(worker.result(lease)));
  }

  @Test
  void who_waits_with_its_hands_full_is_given_what_waits_as_soon_as_it_has_given_one_back()
      throws Exception {
    hasTheNextWhen((worker, lease) -> worker.givesBack(lease, HandBack.Reason.FAILED));
  }

  private void hasTheNextWhen(BiConsumer<TestWorker, Lease> emptiesItsHand) throws Exception {
    TestWorker worker = market.worker().offers(10_000, 1, "eu");
    requester.posts(JOB);
    Lease first = worker.leases();
    String second = requester.posts(JOB);
    Future<LeaseAnswer> answer = waits(worker, 1);

    emptiesItsHand.accept(worker, first);

    assertThat(answer.get(10, TimeUnit.SECONDS).leases())
        .singleElement()
        .satisfies(lease -> assertThat(attempts(second)).hasSize(1));
  }

  @Test
  void a_post_that_is_refused_leases_nothing_and_its_worker_goes_on_waiting() throws Exception {
    TestWorker worker = market.worker().offers(10_000);
    Future<LeaseAnswer> answer = waits(worker, 1);
    TestRequester poor = market.requester(0);

    assertThat(poor.sends("POST", "/api/jobs", JOB).statusCode()).isEqualTo(402);

    String job = requester.posts(JOB);
    assertThat(answer.get().leases()).hasSize(1);
    assertThat(attempts(job)).containsExactly(worker.address() + " 1 with the job");
  }

  @Test
  @Order(Integer.MAX_VALUE) // for a second after it no first lease is tried
  void a_lease_that_cannot_be_written_costs_the_job_nothing() throws Exception {
    TestWorker worker = market.worker().offers(10_000);
    jdbc.sql(
            """
            create function refuse_lease() returns trigger language plpgsql as
            $$ begin raise exception 'as the test wants'; end $$
            """)
        .update();
    jdbc.sql(
            "create trigger refuse_lease before insert on assignment for each row when (new.worker = '%s') execute function refuse_lease()"
                .formatted(worker.address()))
        .update();
    String job;
    try {
      Future<LeaseAnswer> answer = waits(worker, 1);
      job = requester.posts(JOB);
      assertThat(answer.get().leases()).isEmpty();
      assertThat(attempts(job)).isEmpty();
    } finally {
      jdbc.sql("drop trigger refuse_lease on assignment").update();
      jdbc.sql("drop function refuse_lease()").update();
    }
    assertThat(worker.leases().assignment().attempt()).isEqualTo(1);
    assertThat(attempts(job)).containsExactly(worker.address() + " 1 later");
  }
}
