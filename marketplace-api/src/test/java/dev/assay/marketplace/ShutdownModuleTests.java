package dev.assay.marketplace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.assay.marketplace.identity.BoundKeys;
import dev.assay.marketplace.identity.TestWallet;
import dev.assay.quickstart.stack.testing.BackingServices;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.springframework.boot.builder.SpringApplicationBuilder;

class ShutdownModuleTests {
  @Test
  void a_parked_worker_is_answered_at_once_when_the_market_closes() throws Exception {
    var market =
        new SpringApplicationBuilder(
                MarketplaceApplication.class, BackingServices.class, BoundKeys.class)
            .run(
                "--server.port=0",
                "--management.server.port=0",
                "--marketplace.identity.origins=" + TestWallet.ORIGIN);
    try (market;
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      int port = market.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
      var parked = market.getBean(MeterRegistry.class).get("market.polls.parked").gauge();

      var key = TestWallet.create();
      market.getBean(BoundKeys.class).bind(key.address(), key.address());
      String token = key.signInAsWorker(port);
      var poll = threads.submit(() -> TestWorker.polls(port, token, "30s", Map.of()));
      await().until(() -> parked.value() == 1);
      long start = System.nanoTime();
      market.close();

      assertThat(poll.get(5, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
    }
  }
}
