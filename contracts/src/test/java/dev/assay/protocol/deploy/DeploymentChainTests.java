package dev.assay.protocol.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.assay.protocol.BasisPoints;
import dev.assay.protocol.Bytes;
import dev.assay.protocol.Digest;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.chain.AccessManagerContract;
import dev.assay.protocol.chain.Call;
import dev.assay.protocol.chain.Policy;
import dev.assay.protocol.chain.Reverted;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DeploymentChainTests {
  private static final WalletAddress STRANGER = new WalletAddress("0x" + "5".repeat(40));

  private TestMarket its;
  private String untouched;

  @BeforeAll
  void deploy() {
    its = new TestMarket();
  }

  @AfterAll
  void stop() {
    its.close();
  }

  @BeforeEach
  void remember() {
    untouched = its.chain.snapshot();
  }

  @AfterEach
  void restore() {
    its.chain.restore(untouched);
  }

  private List<Finding> findings() {
    return new VerifyDeployment(its.chain).findings(its.market, its.offices, its.terms);
  }

  @Test
  void a_new_market_is_as_it_must_be() {
    assertThat(findings()).isEmpty();
  }

  @Test
  void a_market_is_still_so_when_its_delays_have_risen() {
    its.chain.pass(Duration.ofDays(6));
    AccessManagerContract manager = its.market.accessManagerContract();
    assertThat(its.chain.read(manager.roleGrantDelay(Role.COURT.id())))
        .isEqualTo(its.terms.lawDelay().toSeconds());
    assertThat(its.chain.read(manager.targetAdminDelay(its.market.stake())))
        .isEqualTo(its.terms.lawDelay().toSeconds());
    assertThat(findings()).isEmpty();
  }

  @Test
  void its_deployer_keeps_no_power() {
    var manager = its.market.accessManagerContract();
    var grab = manager.grantRole(Role.OPERATOR.id(), its.deployer.address(), 0);
    assertThatThrownBy(() -> its.deployer.sender.send(grab))
        .isInstanceOfSatisfying(
            Reverted.class,
            e -> assertThat(e.error().name()).isEqualTo("AccessManagerUnauthorizedAccount"));
  }

  @Test
  void nobody_but_the_court_slashes() {
    for (var person : List.of(its.deployer, its.governance, its.settlement, its.arbiter)) {
      var slash = its.stake.slash(its.operator.address(), TestMarket.DOLLAR);
      assertThatThrownBy(() -> its.chain.call(person.address(), slash))
          .isInstanceOfSatisfying(
              Reverted.class,
              e -> assertThat(e.error().name()).isEqualTo("AccessManagedUnauthorized"));
    }
  }

  @Test
  void governance_waits_before_it_acts() {
    var limit = its.escrow.setLimit(TokenAmount.of(1), TokenAmount.of(1));
    assertThatThrownBy(() -> its.governance.sender.send(its.governor().executionOf(limit)))
        .isInstanceOfSatisfying(
            Reverted.class,
            e -> assertThat(e.error().name()).isEqualTo("AccessManagerNotScheduled"));
  }

  @Test
  void governance_is_not_the_deployer() {
    var same = offices(its.deployer.address(), its.treasury.address());
    assertThatThrownBy(() ->
            new DeployMarket(its.chain, its.deployer.sender)
                .withToken(its.market.token(), same, its.terms))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("governance is another wallet");
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource
  void tampering_is_found(String finding, Consumer<TestMarket> tamper) {
    tamper.accept(its);
    assertThat(findings()).extracting(Finding::what).containsExactly(finding);
  }

  static Stream<Arguments> tampering_is_found() {
    return Stream.of(
        tampering(
            "Whether %s has role 1".formatted(STRANGER),
            its -> govern(its, Duration.ofHours(12), manager(its).grantRole(1, STRANGER, 0))),
        tampering(
            "The role of slash(address,uint64)",
            its ->
                govern(
                    its,
                    its.terms.lawDelay(),
                    manager(its)
                        .setTargetFunctionRole(
                            its.market.stake(), List.of("slash(address,uint64)"), 1))),
        tampering(
            "The role of rule(bytes32,bool)",
            its ->
                govern(
                    its,
                    its.terms.lawDelay(),
                    manager(its)
                        .setTargetFunctionRole(
                            its.market.court(), List.of("rule(bytes32,bool)"), 1))),
        tampering(
            "Whether Escrow is closed",
            its ->
                govern(
                    its,
                    its.terms.lawDelay(),
                    manager(its).setTargetClosed(its.market.escrow(), true))),
        tampering(
            "Escrow's burst",
            its ->
                govern(
                    its,
                    Duration.ofHours(12),
                    its.escrow.setLimit(its.terms.rate(), TokenAmount.MAX))),
        tampering(
            "The delay of a new court",
            its -> govern(its, its.terms.lawDelay(), manager(its).setGrantDelay(2, 0))),
        tampering(
            "The delay of new roles at Stake",
            its ->
                govern(
                    its,
                    its.terms.lawDelay(),
                    manager(its).setTargetAdminDelay(its.market.stake(), 60))),
        tampering(
            "The admin of ARBITER",
            its -> govern(its, its.terms.lawDelay(), manager(its).setRoleAdmin(3, 1))),
        tampering(
            "The code of Court",
            its -> {
              byte[] code = its.chain.codeAt(its.market.court()).toBytes();
              code[1_000] ^= 1;
              its.chain.replaceCode(its.market.court(), Bytes.of(code));
            }),
        tampering(
            "The code of Escrow", its -> its.chain.replaceCode(its.market.escrow(), Bytes.EMPTY)),
        tampering(
            "The code of the token",
            its -> its.chain.replaceCode(its.market.token(), Bytes.EMPTY)));
  }

  private static Arguments tampering(String finding, Consumer<TestMarket> tamper) {
    return Arguments.of(finding, tamper);
  }

  private static AccessManagerContract manager(TestMarket its) {
    return its.market.accessManagerContract();
  }

  private static void govern(TestMarket its, Duration delay, Call call) {
    its.chain.pass(Duration.ofDays(6)); // until the AccessManager has raised its delays
    its.governor().doAfter(delay, call);
  }

  @Test
  void another_markets_court_is_found() {
    Deployment other =
        new DeployMarket(its.chain, its.deployer.sender)
            .withToken(its.market.token(), its.offices, its.terms);
    var mixed =
        new Deployment(
            its.market.chainId(),
            its.market.block(),
            its.market.token(),
            its.market.accessManager(),
            its.market.escrow(),
            its.market.stake(),
            other.court());
    assertThat(new VerifyDeployment(its.chain).findings(mixed, its.offices, its.terms))
        .extracting(Finding::what)
        .contains(
            "Court's stake", "Court's manager", "%s's access as COURT".formatted(other.court()));
  }

  @Test
  void other_terms_and_offices_are_found() {
    Policy policy = its.terms.policy();
    var terms =
        new Terms(
            18,
            Duration.ofDays(1),
            its.terms.rate(),
            its.terms.burst(),
            Duration.ofDays(13),
            Digest.ZERO,
            new Policy(
                policy.maxAge(),
                policy.window(),
                policy.ruling(),
                policy.drawDelay(),
                policy.revealWindow(),
                new BasisPoints(501),
                policy.compensation(),
                policy.minPenalty(),
                policy.appealFee(),
                policy.verifierFee(),
                policy.verifierBond()),
            its.terms.lawDelay(),
            its.terms.limitDelay());
    var offices = offices(its.governance.address(), STRANGER);
    assertThat(new VerifyDeployment(its.chain).findings(its.market, offices, terms))
        .extracting(Finding::what)
        .containsExactlyInAnyOrder(
            "The token's decimals",
            "Escrow's exit delay",
            "The treasury",
            "Stake's thaw",
            "Court's policy",
            "Court's beacon commitment");
  }

  private Offices offices(WalletAddress governance, WalletAddress treasury) {
    return new Offices(
        governance,
        its.settlement.address(),
        its.arbiter.address(),
        its.guardian.address(),
        its.operator.address(),
        treasury,
        its.insurance.address());
  }
}
