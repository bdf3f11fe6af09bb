package dev.assay.marketplace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.wire.Lease;
import dev.assay.protocol.wire.ResultAnswers.Outcome;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** A second worker for the job of a straggler. */
@MarketModuleTest
@Timeout(120)
class HedgeModuleTests {
  private final JdbcClient jdbc;
  private final TestMarket market;
  private final MeterRegistry meters;

  private TestRequester requester;

  HedgeModuleTests(
      @Autowired JdbcClient jdbc, @Autowired TestMarket market, @Autowired MeterRegistry meters) {
    this.jdbc = jdbc;
    this.market = market;
    this.meters = meters;
  }

  @BeforeEach
  void parties() {
    market.opens();
    requester = market.requester(1_000_000);
  }

  @AfterEach
  void leave() {
    market.closes();
  }

  private String posted(String tier) {
    return requester.posts(
        """
        {"model":"all-minilm-l6-v2","tier":"%s","input":{"kind":"embeddings","texts":["quick"]}}\
        """
            .formatted(tier));
  }

  /**
   * So many fast ones that a slow one is known to be slow, and that one in twenty may be hedged.
   */
  private void learns(TestWorker worker) {
    for (int i = 0; i < 40; i++) {
      posted("standard");
      worker.sends(worker.result(worker.leases()));
    }
  }

  @Test
  void a_stragglers_job_goes_to_a_second_worker_and_the_first_result_is_paid() throws Exception {
    TestWorker straggler = market.worker().offers(10_000);
    learns(straggler);
    TokenAmount before = straggler.account().pending();
    double hedgesBefore = meters.get("market.hedges.offered").counter().count();
    String job = posted("realtime");
    Lease slow = straggler.leases();
    TestWorker second = market.worker().offers(10_000);

    Lease hedge = second.asks(1, "10s").leases().getFirst(); // parked until the hedge

    assertThat(hedge.assignment().jobId()).isEqualTo(slow.assignment().jobId());
    assertThat(hedge.assignment().attempt()).isEqualTo(2);
    assertThat(straggler.beats(slow).stop()).isEmpty();
    assertThat(meters.get("market.hedges.offered").counter().count()).isEqualTo(hedgesBefore + 1);
    assertThat(second.sends(second.result(hedge)).outcome()).isEqualTo(Outcome.ACCEPTED);

    assertThat(straggler.beats(slow).stop()).containsExactly(slow.ref());
    assertThat(straggler.sends(straggler.result(slow)).outcome()).isEqualTo(Outcome.SUPERSEDED);
    assertThat(straggler.account().pending()).isEqualTo(before);
    assertThat(straggler.account().atRisk()).isEqualTo(TokenAmount.ZERO);
    assertThat(second.account().pending()).isEqualTo(TokenAmount.of(1));
    JsonNode attempts = requester.sees("/api/jobs/" + job + "/match-trace").path("attempts");
    assertThat(attempts.path(0).path("ended").stringValue()).isEqualTo("superseded");
    assertThat(attempts.path(1).path("ended").stringValue()).isEqualTo("attested");
    assertThat(attempts.path(1).path("isHedge").booleanValue()).isTrue();
    // Its standing is what it was: it gets the next job.
    posted("standard");
    assertThat(straggler.asks(1, "5s").leases()).hasSize(1);
  }

  @Test
  void of_two_results_at_once_one_is_paid() throws Exception {
    TestWorker first = market.worker().offers(10_000);
    learns(first);
    String job = posted("realtime");
    Lease slow = first.leases();
    TestWorker second = market.worker().offers(10_000);
    Lease hedge = second.asks(1, "10s").leases().getFirst();

    List<Outcome> outcomes = new ArrayList<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var one = threads.submit(() -> first.sends(first.result(slow)).outcome());
      var other = threads.submit(() -> second.sends(second.result(hedge)).outcome());
      outcomes.add(one.get());
      outcomes.add(other.get());
    }

    assertThat(outcomes).containsExactlyInAnyOrder(Outcome.ACCEPTED, Outcome.SUPERSEDED);
    UUID id = UUID.fromString(job.substring("job_".length()));
    assertThat(count("job_end", "job", id)).isEqualTo(1);
    assertThat(count("attestation", "job", id)).isEqualTo(1);
  }

  @Test
  void the_first_may_still_win_and_the_second_is_told() throws Exception {
    TestWorker first = market.worker().offers(10_000);
    learns(first);
    posted("realtime");
    Lease slow = first.leases();
    TestWorker second = market.worker().offers(10_000);
    Lease hedge = second.asks(1, "10s").leases().getFirst();
    assertThat(first.sends(first.result(slow)).outcome()).isEqualTo(Outcome.ACCEPTED);
    assertThat(second.beats(hedge).stop()).containsExactly(hedge.ref());
    assertThat(second.sends(second.result(hedge)).outcome()).isEqualTo(Outcome.SUPERSEDED);
  }

  @Test
  void what_is_in_no_hurry_is_not_hedged() {
    TestWorker first = market.worker().offers(10_000);
    learns(first);
    posted("standard");
    first.leases();
    TestWorker second = market.worker().offers(10_000);
    assertThat(second.asks(1, "3s").leases()).isEmpty();
  }

  private long count(String table, String column, UUID id) {
    return jdbc.sql("select count(*) from " + table + " where " + column + " = :id")
        .param("id", id)
        .query(Long.class)
        .single();
  }
}
