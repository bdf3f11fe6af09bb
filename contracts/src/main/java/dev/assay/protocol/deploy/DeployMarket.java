package dev.assay.protocol.deploy;

import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.chain.AccessManagerContract;
import dev.assay.protocol.chain.Chain;
import dev.assay.protocol.chain.CourtContract;
import dev.assay.protocol.chain.EscrowContract;
import dev.assay.protocol.chain.Sender;
import dev.assay.protocol.chain.StakeContract;
import java.util.List;

/**
 * Deploys a market in the order of {@code docs/reference/protocol.md}. The deployer ends with no
 * role, and nothing is returned that {@link VerifyDeployment} has not read back.
 */
public final class DeployMarket {
  private final Chain chain;
  private final Sender deployer;

  /**
   * @param deployer pays for the transactions; any wallet but that of governance
   */
  public DeployMarket(Chain chain, Sender deployer) {
    this.chain = chain;
    this.deployer = deployer;
  }

  /** For development: the token is a new {@code TestUSD}, which anyone mints. */
  public Deployment withTestUsd(Offices offices, Terms terms) {
    long block = chain.height();
    return deploy(deployer.create(Artifact.load("TestUSD").creation()), block, offices, terms);
  }

  /**
   * @throws IllegalStateException if the chain does not show what was sent
   */
  public Deployment withToken(WalletAddress token, Offices offices, Terms terms) {
    return deploy(token, chain.height(), offices, terms);
  }

  private Deployment deploy(WalletAddress token, long block, Offices offices, Terms terms) {
    if (offices.governance().equals(deployer.address())) {
      throw new IllegalArgumentException(
          "The deployer gives its power away, so governance is another wallet.");
    }
    Deployment market = create(token, block, offices, terms);
    AccessManagerContract manager = market.accessManagerContract();
    for (Role role : Role.values()) {
      giveRole(manager, role, market, offices, terms);
    }
    long lawDelay = terms.lawDelay().toSeconds();
    deployer.send(manager.setGrantDelay(Role.COURT.id(), lawDelay));
    deployer.send(manager.setTargetAdminDelay(market.stake(), lawDelay));
    deployer.send(manager.renounceRole(Role.ADMIN.id(), deployer.address()));

    List<Finding> findings = new VerifyDeployment(chain).findings(market, offices, terms);
    if (!findings.isEmpty()) {
      throw new IllegalStateException("The chain does not show what was deployed: " + findings);
    }
    return market;
  }

  private Deployment create(WalletAddress token, long block, Offices offices, Terms terms) {
    WalletAddress manager =
        deployer.create(
            AccessManagerContract.creation(
                Artifact.load("AccessManager").creation(), deployer.address()));
    WalletAddress escrow =
        deployer.create(
            EscrowContract.creation(
                Artifact.load("Escrow").creation(),
                token,
                terms.exitDelay(),
                terms.rate(),
                terms.burst(),
                offices.treasury(),
                manager));
    WalletAddress stake =
        deployer.create(
            StakeContract.creation(
                Artifact.load("Stake").creation(), escrow, terms.thaw(), manager));
    WalletAddress court =
        deployer.create(
            CourtContract.creation(
                Artifact.load("Court").creation(),
                stake,
                offices.operator(),
                offices.insurance(),
                terms.commitment(),
                terms.policy(),
                manager));
    return new Deployment(chain.chainId(), block, token, manager, escrow, stake, court);
  }

  /** Grants before it gives the granting away. */
  private void giveRole(
      AccessManagerContract manager, Role role, Deployment market, Offices offices, Terms terms) {
    for (Role.Power power : role.powers(market)) {
      deployer.send(manager.setTargetFunctionRole(power.target(), power.functions(), role.id()));
    }
    deployer.send(
        manager.grantRole(
            role.id(), role.member(market, offices), role.executionDelay(terms).toSeconds()));
    if (role.admin() != Role.ADMIN) {
      deployer.send(manager.setRoleAdmin(role.id(), role.admin().id()));
    }
  }
}
