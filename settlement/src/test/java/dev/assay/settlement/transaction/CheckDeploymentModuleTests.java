package dev.assay.settlement.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.protocol.Signer;
import dev.assay.protocol.deploy.Deployment;
import dev.assay.protocol.deploy.Offices;
import dev.assay.protocol.deploy.Terms;
import dev.assay.quickstart.stack.EvmNodeAddress;
import dev.assay.quickstart.stack.testing.BackingServices;
import dev.assay.settlement.TestMarket;
import dev.assay.settlement.chain.Market;
import dev.assay.settlement.chain.TestChain;
import dev.assay.settlement.platform.FreshHalts;
import dev.assay.settlement.platform.Halts;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.TestPropertySource;
import org.springframework.test.context.junit.jupiter.SpringJUnitConfig;

/** What is configured wrongly is named, and nothing is sent. */
@SpringJUnitConfig(BackingServices.class)
@TestPropertySource(properties = "spring.datasource.hikari.schema=settlement")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CheckDeploymentModuleTests {
  private final TestMarket market;
  private final Deployment deployment;

  CheckDeploymentModuleTests(@Autowired EvmNodeAddress node) {
    this.market = new TestMarket(new TestChain(node.rpcUrl()));
    this.deployment = market.market;
  }

  private Halts checked(Deployment deployment, Offices offices, Terms terms, Signer signer) {
    Halts halts = FreshHalts.halts();
    var check =
        new CheckDeployment(market.client, new Market(deployment, offices, terms), signer, halts);
    assertThat(halts.isClear()).as("before it is checked").isFalse();
    check.untilChecked();
    return halts;
  }

  private void isRefused(Halts halts, String reason) {
    assertThat(halts.isClear()).isFalse();
    assertThat(halts.reasons().get("deployment")).contains(reason);
  }

  @Test
  void what_is_as_configured_holds_nothing_up() {
    assertThat(
            checked(deployment, market.offices, market.terms, market.settlement.signer).isClear())
        .isTrue();
  }

  @Test
  void another_chain_is_refused() {
    var elsewhere =
        new Deployment(
            1,
            deployment.block(),
            deployment.token(),
            deployment.accessManager(),
            deployment.escrow(),
            deployment.stake(),
            deployment.court());
    isRefused(
        checked(elsewhere, market.offices, market.terms, market.settlement.signer),
        "The chain's id is 31337, not 1");
  }

  @Test
  void another_code_is_refused_even_if_it_comes_later() {
    var its = new TestMarket(market.chain);
    Halts halts = FreshHalts.halts();
    var check = new CheckDeployment(its.client, its.described(), its.settlement.signer, halts);
    check.check();
    assertThat(halts.isClear()).isTrue();

    its.chain.rpc("anvil_setCode", its.market.escrow().hex(), "0x00");
    check.check();

    isRefused(halts, "The code of Escrow");
  }

  @Test
  void a_key_without_the_role_is_refused() {
    var stranger = market.person();
    isRefused(
        checked(deployment, market.offices, market.terms, stranger.signer),
        "The settlement key is of %s, not of %s"
            .formatted(stranger.address(), market.settlement.address()));
    Offices o = market.offices;
    var others =
        new Offices(
            o.governance(),
            stranger.address(),
            o.arbiter(),
            o.guardian(),
            o.operator(),
            o.treasury(),
            o.insurance());
    isRefused(
        checked(deployment, others, market.terms, stranger.signer),
        stranger.address() + "'s access as");
  }

  @Test
  void a_token_of_other_decimals_is_refused() {
    Terms t = market.terms;
    var terms =
        new Terms(
            8,
            t.exitDelay(),
            t.rate(),
            t.burst(),
            t.thaw(),
            t.commitment(),
            t.policy(),
            t.lawDelay(),
            t.limitDelay());
    isRefused(
        checked(deployment, market.offices, terms, market.settlement.signer),
        "The token's decimals is 6, not 8");
  }
}
