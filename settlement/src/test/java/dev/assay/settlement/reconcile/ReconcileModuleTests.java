package dev.assay.settlement.reconcile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.assay.protocol.LocalSigner;
import dev.assay.settlement.SettlementModuleTest;
import dev.assay.settlement.TestMarket;
import dev.assay.settlement.batch.Batches;
import dev.assay.settlement.chain.ChainClient;
import dev.assay.settlement.chain.Market;
import dev.assay.settlement.court.Epochs;
import dev.assay.settlement.platform.FreshHalts;
import dev.assay.settlement.platform.Halts;
import dev.assay.settlement.platform.Leadership;
import dev.assay.settlement.watch.EscrowAccounts;
import dev.assay.settlement.watch.ScannedBlock;
import dev.assay.settlement.watch.Stakes;
import java.time.Clock;
import java.time.Duration;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;

/** More accounts than are compared at once, on a real chain. */
@SettlementModuleTest
class ReconcileModuleTests {
  private static final int ACCOUNTS = 510;

  private final TestMarket market;
  private final JdbcClient jdbc;
  private final Halts halts = FreshHalts.halts();
  private final Supplier<Reconcile> started;

  ReconcileModuleTests(
      @Autowired TestMarket market,
      @Autowired ChainClient chain,
      @Autowired Market described,
      @Autowired ScannedBlock scanned,
      @Autowired EscrowAccounts accounts,
      @Autowired Stakes stakes,
      @Autowired Batches batches,
      @Autowired Epochs epochs,
      @Autowired Reconciliations found,
      @Autowired Leadership leadership,
      @Autowired JdbcClient jdbc) {
    this.market = market;
    this.jdbc = jdbc;
    this.started =
        () ->
            new Reconcile(
                chain,
                described,
                scanned,
                accounts,
                stakes,
                batches,
                epochs,
                found,
                leadership,
                halts,
                Clock.systemUTC());
  }

  @Test
  void all_accounts_and_all_bonds_are_compared_however_many_there_are() {
    var worker = market.person();
    worker.bond(TestMarket.dollars(500));
    Random chance = new Random();
    for (int i = 0; i < ACCOUNTS; i++) {
      worker.sender.send(market.escrow.open(LocalSigner.create(chance).address()).call());
    }
    long newest = market.client.read(market.escrow.count()).number();
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> {
          market.chain.mine(1);
          return newest
              == jdbc.sql("select max(id) from escrow_account").query(Long.class).single();
        });

    differs(
        "update escrow_account set leaving = leaving + :more where id = " + newest,
        "what leaves account " + newest);
    differs(
        "update bond set thawing = thawing + :more where worker = '%s'"
            .formatted(worker.address().hex()),
        "the bond of " + worker.address());
  }

  private void differs(String change, String words) {
    Reconcile reconcile = started.get();
    jdbc.sql(change).param("more", 1).update();
    try {
      for (int i = 0; i < 3 && !reason().contains(words); i++) {
        reconcile.step();
      }
      assertThat(reason()).contains(words);
      reconcile.step();
      assertThat(reason()).as("it does not go by itself").contains(words);
    } finally {
      jdbc.sql(change).param("more", -1).update();
    }
    reconcile.step();
    assertThat(reason()).isEmpty();
  }

  private String reason() {
    return halts.reasons().getOrDefault("reconciliation", "");
  }
}
