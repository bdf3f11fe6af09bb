package dev.assay.marketplace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.marketplace.identity.TestWallet;
import dev.assay.quickstart.stack.testing.BackingServices;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.context.annotation.Bean;
import org.springframework.context.event.EventListener;
import org.springframework.jdbc.core.simple.JdbcClient;

class StartModuleTests {
  @Test
  void whoever_comes_in_the_moment_the_door_opens_is_known() {
    try (var market =
        new SpringApplicationBuilder(
                MarketplaceApplication.class, BackingServices.class, Earlier.class)
            .run(
                "--server.port=0",
                "--management.server.port=0",
                "--marketplace.identity.origins=" + TestWallet.ORIGIN)) {
      assertThat(market.getBean(Guest.class).token)
          .isCompletedWithValueMatching(it -> !it.isEmpty());
    }
  }

  /** What an earlier process has recorded, and a worker that could not wait for this one. */
  @TestConfiguration(proxyBeanMethods = false)
  static class Earlier {
    @Bean
    Guest guest(JdbcClient jdbc) {
      var guest = new Guest();
      jdbc.sql(
              """
              insert into stake (worker, bonded, thawing, frozen, position) values (:address, 100, 0, 0, 1);
              insert into session_key (key, worker, position) values (:address, :address, 1);
              update stake_change set version = version + 1;
              """)
          .param("address", guest.wallet.address().hex())
          .update();
      return guest;
    }
  }

  static class Guest {
    private final TestWallet wallet = TestWallet.create();
    private final CompletableFuture<String> token = new CompletableFuture<>();

    /** Told by the thread that starts the market, which goes on when this returns. */
    @EventListener
    void on(WebServerInitializedEvent opened) {
      if (opened.getApplicationContext().getServerNamespace() == null) {
        token.complete(wallet.signInAsWorker(opened.getWebServer().getPort()));
      }
    }
  }
}
