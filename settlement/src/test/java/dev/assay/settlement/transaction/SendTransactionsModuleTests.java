package dev.assay.settlement.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.assay.protocol.Digest;
import dev.assay.protocol.WalletAddress;
import dev.assay.settlement.SettlementModuleTest;
import dev.assay.settlement.TestMarket;
import dev.assay.settlement.platform.Halts;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.health.contributor.Status;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** Gas that is short, dear, or too little offered, on a real node. */
@SettlementModuleTest
class SendTransactionsModuleTests {
  private final TestMarket market;
  private final SendTransactions sender;
  private final OutgoingTransactions outgoing;
  private final JdbcClient jdbc;
  private final Halts halts;
  private final MeterRegistry meters;

  SendTransactionsModuleTests(
      @Autowired TestMarket market,
      @Autowired SendTransactions sender,
      @Autowired OutgoingTransactions outgoing,
      @Autowired JdbcClient jdbc,
      @Autowired Halts halts,
      @Autowired MeterRegistry meters) {
    this.market = market;
    this.sender = sender;
    this.outgoing = outgoing;
    this.jdbc = jdbc;
    this.halts = halts;
    this.meters = meters;
  }

  @Test
  void a_stuck_transaction_is_replaced_by_dearer_ones_of_which_one_is_mined() {
    WalletAddress key = market.settlement.address();
    until(() -> halts.isClear() && outgoing.sent(1).isEmpty());
    long nonce = market.client.minedCount(key);
    WalletAddress owner = market.person().address();
    market.chain.rpc("evm_setAutomine", false);
    try {
      plan(owner);
      await().atMost(Duration.ofSeconds(30)).until(() -> hashes(owner).size() >= 3);

      JsonNode pending = market.chain.rpc("txpool_content").path("pending").path(checksummed(key));
      assertThat(pending.propertyNames()).as("one place in the pool").containsExactly("" + nonce);
      assertThat(hashes(owner))
          .contains(Digest.parse(pending.path("" + nonce).path("hash").asString()));
    } finally {
      market.chain.rpc("evm_setAutomine", true);
    }
    until(() -> state(owner).equals("FINAL"));

    assertThat(market.client.minedCount(key)).isEqualTo(nonce + 1);
    assertThat(hashes(owner).stream().filter(hash -> market.client.receipt(hash).isPresent()))
        .hasSize(1);
    assertThat(nonces(owner)).containsExactly(nonce);
    assertThat(
            jdbc.sql(
                    """
                    select count(distinct most) from attempt join outgoing o on o.id = outgoing_id
                     where subject = :subject\
                    """)
                .param("subject", owner.hex())
                .query(Long.class)
                .single())
        .as("each offers another price")
        .isEqualTo(hashes(owner).size());
    assertThat(market.client.read(market.escrow.idOf(owner)).number()).isPositive();
  }

  @Test
  void a_new_key_counts_for_itself_and_signs_what_the_one_before_did_not_bring_about() {
    until(() -> halts.isClear() && outgoing.sent(1).isEmpty());
    WalletAddress before = market.person().address();
    WalletAddress done = market.person().address();
    WalletAddress owner = market.person().address();
    signedBy(before, 1_000_000, done, "FINAL");
    signedBy(before, 1_000_001, owner, "SENT");

    until(() -> state(owner).equals("FINAL"));

    assertThat(nonces(owner))
        .containsExactly(1_000_001L, market.client.minedCount(market.settlement.address()) - 1);
    assertThat(states(owner)).containsExactly("REVERTED", "FINAL");
    assertThat(states(done)).containsExactly("FINAL");
    assertThat(market.client.read(market.escrow.idOf(owner)).number()).isPositive();
    assertThat(halts.reasons()).doesNotContainKey("foreign-nonce");
  }

  /** As a settlement with another key left it. */
  private void signedBy(WalletAddress sender, long nonce, WalletAddress owner, String state) {
    var call = market.escrow.open(owner).call();
    jdbc.sql(
            """
            with one as (
              insert into outgoing (purpose, subject, target, data, urgency, state, nonce, sender,
                                    not_before, planned_at)
              values ('OPEN_ACCOUNT', :owner, :target, :data, :urgency, :state, :nonce, :sender,
                      now(), now()) returning id)
            insert into attempt (hash, outgoing_id, most, tip, gas_limit, raw, signed_at)
            select :hash, id, 1, 1, 21000, '', now() from one\
            """)
        .param("owner", owner.hex())
        .param("target", call.to().hex())
        .param("data", call.data().toBytes())
        .param("urgency", Purpose.OPEN_ACCOUNT.ordinal())
        .param("state", state)
        .param("nonce", nonce)
        .param("sender", sender.hex())
        .param("hash", TestMarket.digest("signed by " + sender + " with " + nonce).toString())
        .update();
  }

  @Test
  void with_an_empty_gas_tank_nothing_is_sent_and_it_says_so() {
    WalletAddress owner = market.person().address();
    until(halts::isClear);
    market.chain.rpc("anvil_setBalance", market.settlement.address().hex(), "0x1");
    try {
      isHaltedBy("gas-tank", "has 1 wei left for gas", owner);
    } finally {
      market.chain.fund(market.settlement.address());
    }
    until(() -> state(owner).equals("FINAL"));
    assertThat(halts.reasons()).doesNotContainKey("gas-tank");
  }

  @Test
  void while_gas_is_too_dear_nothing_is_sent_and_it_says_so() {
    WalletAddress owner = market.person().address();
    until(halts::isClear);
    market.chain.rpc("anvil_setNextBlockBaseFeePerGas", "0x" + Long.toHexString(900_000_000_000L));
    market.chain.mine(1);

    isHaltedBy("gas-price", "settling later", owner);
    until(() -> state(owner).equals("FINAL")); // each empty block makes gas cheaper by an eighth
    assertThat(halts.reasons()).doesNotContainKey("gas-price");
  }

  /** What is planned then is neither signed nor lost. */
  private void isHaltedBy(String part, String words, WalletAddress owner) {
    long nonce = market.client.minedCount(market.settlement.address());
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(halts.reasons().getOrDefault(part, "")).contains(words));
    plan(owner);
    assertThat(halts.isClear()).isFalse();
    assertThat(halts.health().getStatus()).isEqualTo(Status.DOWN);
    assertThat(meters.get("settlement.halts").tag("part", part).gauge().value()).isEqualTo(1);
    sender.send();
    assertThat(hashes(owner)).isEmpty();
    assertThat(state(owner)).isEqualTo("PLANNED");
    assertThat(market.client.minedCount(market.settlement.address())).isEqualTo(nonce);
  }

  private void plan(WalletAddress owner) {
    outgoing.plan(Purpose.OPEN_ACCOUNT, owner.hex(), market.escrow.open(owner).call());
  }

  private void until(BooleanSupplier so) {
    await()
        .atMost(Duration.ofSeconds(40))
        .until(() -> {
          market.chain.mine(1);
          return so.getAsBoolean();
        });
  }

  private String state(WalletAddress owner) {
    return jdbc.sql("select state from outgoing where subject = :subject order by id desc limit 1")
        .param("subject", owner.hex())
        .query(String.class)
        .single();
  }

  private List<Digest> hashes(WalletAddress owner) {
    return jdbc.sql(
            """
            select hash from attempt join outgoing o on o.id = outgoing_id
             where subject = :subject\
            """)
        .param("subject", owner.hex())
        .query((row, _) -> Digest.parse(row.getString("hash")))
        .list();
  }

  private List<Long> nonces(WalletAddress owner) {
    return jdbc.sql("select nonce from outgoing where subject = :subject order by id")
        .param("subject", owner.hex())
        .query((row, _) -> row.getLong("nonce"))
        .list();
  }

  private List<String> states(WalletAddress owner) {
    return jdbc.sql("select state from outgoing where subject = :subject order by id")
        .param("subject", owner.hex())
        .query((row, _) -> row.getString("state"))
        .list();
  }

  /** As the pool's keys are written. */
  private String checksummed(WalletAddress wallet) {
    return market.chain.rpc("txpool_content").path("pending").propertyNames().stream()
        .filter(name -> name.equalsIgnoreCase(wallet.hex()))
        .findFirst()
        .orElseThrow();
  }
}
