package dev.assay.marketplace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.marketplace.identity.BoundKeys;
import dev.assay.marketplace.identity.TestWallet;
import dev.assay.marketplace.purse.Purse;
import dev.assay.marketplace.purse.RecordPurse;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.TestPropertySource;

@MarketModuleTest
@TestPropertySource(properties = "marketplace.job.open-per-requester=5")
class OpenJobsModuleTests {
  private static final String JOB =
      """
      {"model":"all-minilm-l6-v2","input":{"kind":"embeddings","texts":["one of many"]}}\
      """;

  private final int port;
  private final RecordPurse purses;

  OpenJobsModuleTests(
      @LocalServerPort int port, @Autowired RecordPurse purses, @Autowired BoundKeys keys) {
    this.port = port;
    this.purses = purses;
    var key = TestWallet.create();
    keys.bind(key.address(), new WalletAddress("0x%040x".formatted(0x5000)));
    new TestWorker(port, new WalletAddress("0x%040x".formatted(0x5000)), key).offers(20_000);
  }

  @Test
  void one_requester_has_a_bounded_number_of_open_jobs_and_others_are_not_held_up()
      throws Exception {
    String flooder = requester();
    List<Future<HttpResponse<String>>> answers = new ArrayList<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 40; i++) {
        answers.add(threads.submit(() -> post(flooder, Map.of())));
      }
    }
    List<HttpResponse<String>> taken = new ArrayList<>();
    for (var answer : answers) {
      if (answer.get().statusCode() == 202) {
        taken.add(answer.get());
      } else {
        assertThat(answer.get().statusCode()).isEqualTo(429);
        assertThat(Http.read(answer.get()).path("error").path("code").stringValue())
            .isEqualTo("too-many-open-jobs");
        assertThat(answer.get().body()).contains("at most 5 jobs", "cancel");
      }
    }
    assertThat(taken).hasSize(5);
    assertThat(Http.send(port, "GET", "/api/account", flooder, null).body())
        .contains("\"unsettled\":\"5\"");

    assertThat(post(requester(), Map.of()).statusCode()).isEqualTo(202);
    String one = Http.read(taken.getFirst()).path("id").stringValue();
    assertThat(Http.status(port, "POST", "/api/jobs/" + one + "/cancel", flooder, null))
        .isEqualTo(200);
    assertThat(post(flooder, Map.of("Idempotency-Key", "once")).statusCode()).isEqualTo(202);
    assertThat(post(flooder, Map.of()).statusCode()).isEqualTo(429);
    assertThat(post(flooder, Map.of("Idempotency-Key", "once")).statusCode())
        .as("a repeated post is no further job")
        .isEqualTo(202);
  }

  private HttpResponse<String> post(String token, Map<String, String> headers) {
    return Http.send(port, "POST", "/api/jobs", token, JOB, headers);
  }

  private String requester() {
    var wallet = TestWallet.create();
    purses.record(
        new Purse(
            wallet.address(),
            TokenAmount.of(1_000),
            TokenAmount.of(1_000),
            TokenAmount.ZERO,
            TokenAmount.ZERO,
            1));
    return wallet.signIn(port);
  }
}
