package dev.assay.marketplace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.assay.marketplace.matching.Floor;
import dev.assay.protocol.content.KnownModels;
import dev.assay.protocol.wire.Lease;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;

/** A poll that waits is suspended; its answer is that of any other request. */
@MarketModuleTest
@Timeout(120)
class ParkedPollModuleTests {
  private static final String JOB =
      """
      {"model":"all-minilm-l6-v2","input":{"kind":"embeddings","texts":["later"]}}\
      """;

  private final TestMarket market;
  private final Floor floor;
  private final MeterRegistry meters;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  private TestRequester requester;

  ParkedPollModuleTests(
      @Autowired TestMarket market, @Autowired Floor floor, @Autowired MeterRegistry meters) {
    this.market = market;
    this.floor = floor;
    this.meters = meters;
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

  @Test
  void an_answer_that_was_waited_for_says_what_each_answer_says() throws Exception {
    TestWorker worker = market.worker().offers(10_000);
    Future<HttpResponse<String>> answer = threads.submit(() -> worker.polls("30s"));
    awaitSomebody();
    requester.posts(JOB);

    HttpResponse<String> waited = answer.get(30, TimeUnit.SECONDS);

    assertThat(waited.statusCode()).isEqualTo(200);
    assertThat(waited.body()).contains("\"leases\":[{");
    assertThat(waited.headers().allValues("x-request-id"))
        .singleElement()
        .satisfies(id -> assertThat(id).startsWith("req_"));
    assertThat(waited.headers().map().keySet())
        .containsAll(worker.polls("0s").headers().map().keySet());
  }

  @Test
  void the_time_of_a_poll_is_told_with_its_waiting() {
    TestWorker worker = market.worker().offers(10_000);
    double before = seconds();

    assertThat(worker.asks(1, "1s").leases()).isEmpty();

    await().untilAsserted(() -> assertThat(seconds() - before).isGreaterThanOrEqualTo(1));
  }

  private double seconds() {
    return meters.get("http.server.requests").tag("uri", "/worker/v1/leases").timers().stream()
        .mapToDouble(timer -> timer.totalTime(TimeUnit.SECONDS))
        .sum();
  }

  @Test
  void what_was_leased_to_a_worker_that_hung_up_while_it_waited_is_its_when_it_comes_again()
      throws Exception {
    TestWorker worker = market.worker().offers(10_000);
    try (Socket connection = worker.parks("30s")) {
      awaitSomebody();
    }
    String job = requester.posts(JOB);

    Lease lease = worker.asksHolding("10s").leases().getFirst();

    assertThat(lease.assignment().attempt()).isEqualTo(1);
    worker.sends(worker.result(lease));
    assertThat(requester.waitsFor(job).path("status").stringValue()).isEqualTo("attested");
  }

  @Test
  void a_job_is_not_given_to_the_older_of_two_polls_of_which_only_one_can_be_alive()
      throws Exception {
    TestWorker worker = market.worker().offers(10_000);
    try (Socket broken = worker.parks("30s")) {
      awaitSomebody();
      assertThat(worker.asksHolding("0s").leases()).isEmpty();

      assertThat(broken.getInputStream().read()).as("it is answered at once").isPositive();
    }
    assertThat(floor.isAwaited(KnownModels.ALL_MINILM_L6_V2.digest())).isFalse();
  }

  private void awaitSomebody() {
    await("somebody waits")
        .atMost(Duration.ofSeconds(60))
        .until(() -> floor.isAwaited(KnownModels.ALL_MINILM_L6_V2.digest()));
  }
}
