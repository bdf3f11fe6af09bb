package dev.assay.marketplace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.protocol.Digest;
import dev.assay.protocol.JobId;
import dev.assay.protocol.wire.LeaseAnswer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;

@MarketModuleTest
class OffersModuleTests {
  private static final String JOB =
      """
      {"model":"all-minilm-l6-v2","input":{"kind":"embeddings","texts":["for who sells"]},"maxPrice":"1000"}\
      """;

  private final TestMarket market;
  private final JdbcClient jdbc;

  OffersModuleTests(@Autowired TestMarket market, @Autowired JdbcClient jdbc) {
    this.market = market;
    this.jdbc = jdbc;
  }

  @BeforeEach
  void the_market_opens() {
    market.opens();
  }

  @AfterEach
  void the_market_closes() {
    market.closes();
  }

  @Test
  void who_withdraws_its_offers_while_it_waits_is_given_nothing_more() throws Exception {
    TestRequester requester = market.requester(1_000_000);
    TestWorker leaving = market.worker().offers(10_000);
    TestWorker staying = market.worker().offers(20_000, 64, "eu");
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<LeaseAnswer> waiting = threads.submit(() -> leaving.asks(8, "3s"));
      leaving.offersNothing();

      Digest job = signed(requester.posts(JOB));

      Set<Digest> given = new HashSet<>(); // also what earlier tests have left
      for (int i = 0; i < 16 && !given.contains(job); i++) {
        given.addAll(jobs(staying.asks(8, "10s")));
      }
      assertThat(given).contains(job);
      assertThat(jobs(waiting.get())).doesNotContain(job);
    }
  }

  private static List<Digest> jobs(LeaseAnswer answer) {
    return answer.leases().stream().map(lease -> lease.assignment().jobId()).toList();
  }

  private Digest signed(String job) {
    return Digest.of(
        jdbc.sql("select signed_id from job where id = :id")
            .param("id", JobId.parse(job).uuid())
            .query(byte[].class)
            .single());
  }

  @Test
  void what_many_publish_at_once_is_stored_and_the_last_of_each_counts() throws Exception {
    List<TestWorker> workers = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      workers.add(market.worker());
    }
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<TestWorker>> published = new ArrayList<>();
      for (TestWorker worker : workers) {
        published.add(threads.submit(() -> worker.offers(30_000).offers(20_000, 4, "eu-1")));
      }
      for (Future<TestWorker> one : published) {
        one.get();
      }
    }
    for (TestWorker worker : workers) {
      assertThat(
              jdbc.sql("select input_price || ' ' || region from offer where worker = :worker")
                  .param("worker", worker.address().hex())
                  .query(String.class)
                  .list())
          .containsExactly("20000 eu-1");
    }
  }
}
