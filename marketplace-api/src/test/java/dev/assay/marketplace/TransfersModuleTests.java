package dev.assay.marketplace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.protocol.wire.ResultAnswers.Outcome;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

@MarketModuleTest
@Timeout(60)
class TransfersModuleTests {
  private final TestMarket market;
  private final JdbcClient jdbc;

  TransfersModuleTests(@Autowired TestMarket market, @Autowired JdbcClient jdbc) {
    this.market = market;
    this.jdbc = jdbc;
  }

  @BeforeEach
  void open() {
    market.opens();
  }

  @AfterEach
  void leave() {
    market.closes();
  }

  @Test
  void the_transfers_of_a_requester_come_the_newest_first_and_none_is_left_out() {
    TestRequester requester = market.requester(1_000_000);
    TestWorker worker = market.worker().offers(3);
    for (int i = 0; i < 4; i++) {
      requester.posts(
          """
          {"model":"all-minilm-l6-v2","input":{"kind":"embeddings","texts":["%d"]}}\
          """
              .formatted(i));
      var lease = worker.leases();
      assertThat(worker.sends(worker.result(lease, TestWorker.vectors(lease.input(), 1))).outcome())
          .isEqualTo(Outcome.ACCEPTED);
    }

    List<String> seen = new ArrayList<>();
    JsonNode page = requester.sees("/api/account/transfers?limit=3");
    seen.addAll(ids(page));
    while (page.path("hasMore").asBoolean(false)) {
      page = requester.sees("/api/account/transfers?limit=3&after=" + seen.getLast());
      seen.addAll(ids(page));
    }

    assertThat(seen).isSortedAccordingTo(Comparator.reverseOrder());
    assertThat(seen)
        .containsExactlyInAnyOrderElementsOf(
            jdbc.sql(
                    """
                    select id::text from transfer
                    where kind in ('fund', 'withdraw', 'reserve', 'charge', 'return', 'release', 'refund')
                      and (debit like :own or credit like :own)\
                    """)
                .param("own", "%" + requester.address().hex() + "%")
                .query(String.class)
                .list());
  }

  private static List<String> ids(JsonNode page) {
    return page.path("data").valueStream().map(one -> one.path("id").stringValue()).toList();
  }
}
