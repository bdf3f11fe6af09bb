package dev.assay.protocol.deploy;

import dev.assay.protocol.AccountId;
import dev.assay.protocol.Digest;
import dev.assay.protocol.ResultAttestation;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.chain.AccessEvent;
import dev.assay.protocol.chain.AccessManagerContract;
import dev.assay.protocol.chain.Chain;
import dev.assay.protocol.chain.CourtContract;
import dev.assay.protocol.chain.EscrowContract;
import dev.assay.protocol.chain.Query;
import dev.assay.protocol.chain.StakeContract;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Reads a deployment back from the chain: code, constants, roles, delays. Good for a day-old market
 * as for a new one; what the market's life changes (heads, epochs, balances) is not looked at.
 */
public final class VerifyDeployment {
  private final Chain chain;
  private final List<Finding> findings = new ArrayList<>();

  public VerifyDeployment(Chain chain) {
    this.chain = chain;
  }

  /** Everything that is not as {@code offices} and {@code terms} say; nothing if all is well. */
  public List<Finding> findings(Deployment market, Offices offices, Terms terms) {
    findings.clear();
    expect("The chain's id", market.chainId(), chain.chainId());
    if (hasOurCode(market)) {
      checkEscrow(market, offices, terms);
      checkStake(market, terms);
      checkCourt(market, offices, terms);
      checkRoles(market, offices, terms);
      checkDelays(market, terms);
    }
    return List.copyOf(findings);
  }

  /** An address without our code may answer anything, so nothing else is asked of it. */
  private boolean hasOurCode(Deployment market) {
    checkCode("AccessManager", market.accessManager());
    checkCode("Escrow", market.escrow());
    checkCode("Stake", market.stake());
    checkCode("Court", market.court());
    if (chain.codeAt(market.token()).size() == 0) {
      findings.add(new Finding("The code of the token", "some", "none"));
    }
    return findings.isEmpty();
  }

  private void checkCode(String name, WalletAddress address) {
    if (!Artifact.load(name).isCode(chain.codeAt(address))) {
      findings.add(new Finding("The code of " + name, "what was compiled", "another"));
    }
  }

  private void checkEscrow(Deployment market, Offices offices, Terms terms) {
    EscrowContract escrow = market.escrowContract();
    expect("Escrow's token", market.token(), escrow.token());
    expect("The token's decimals", terms.decimals(), market.tokenContract().decimals());
    expect("Escrow's exit delay", terms.exitDelay().toSeconds(), escrow.exitDelay());
    EscrowContract.Limit limit = chain.read(escrow.limit());
    expect("Escrow's rate", terms.rate(), limit.rate());
    expect("Escrow's burst", terms.burst(), limit.burst());
    expect(
        "The treasury", offices.treasury(), chain.read(escrow.holder(AccountId.TREASURY)).owner());
    checkManaged("Escrow", market.escrow(), market);
  }

  private void checkStake(Deployment market, Terms terms) {
    StakeContract stake = market.stakeContract();
    expect("Stake's escrow", market.escrow(), stake.escrow());
    expect("Stake's token", market.token(), stake.token());
    expect("Stake's thaw", terms.thaw().toSeconds(), stake.thaw());
    checkManaged("Stake", market.stake(), market);
  }

  private void checkCourt(Deployment market, Offices offices, Terms terms) {
    CourtContract court = market.courtContract();
    expect("Court's stake", market.stake(), court.stake());
    expect("Court's operator", offices.operator(), court.operator());
    expect("Court's insurance", offices.insurance(), court.insurance());
    List<Long> policy = court.policy().stream().map(chain::read).toList();
    expect("Court's policy", terms.policy().numbers(), policy);
    if (chain.read(court.latestEpoch()) == 0) {
      expect("Court's beacon commitment", terms.commitment(), court.link());
    }
    ResultAttestation probe = probe(market.court());
    expect(
        "Court's digest of an attestation",
        probe.digest(market.courtDomain()),
        court.attestationDigest(probe));
    checkManaged("Court", market.court(), market);
  }

  /** Equal digests show that name, version, chain and contract of the domain are equal. */
  private static ResultAttestation probe(WalletAddress worker) {
    Digest zero = Digest.ZERO;
    return new ResultAttestation(
        zero, 1, zero, worker, zero, zero, zero, zero, zero, zero, 1, 1, 1, 1, 1);
  }

  private void checkManaged(String name, WalletAddress contract, Deployment market) {
    expect(
        name + "'s manager", market.accessManager(), AccessManagerContract.authorityOf(contract));
    expect(
        "Whether " + name + " is closed",
        false,
        market.accessManagerContract().isTargetClosed(contract));
  }

  private void checkRoles(Deployment market, Offices offices, Terms terms) {
    AccessManagerContract manager = market.accessManagerContract();
    Set<AccessEvent.RoleGranted> due = new HashSet<>();
    for (Role role : Role.values()) {
      WalletAddress member = role.member(market, offices);
      due.add(new AccessEvent.RoleGranted(role.id(), member));
      expect(
          "%s's access as %s".formatted(member, role),
          new AccessManagerContract.Access(true, role.executionDelay(terms).toSeconds()),
          manager.hasRole(role.id(), member));
      expect("The admin of " + role, role.admin().id(), manager.roleAdmin(role.id()));
      expect("The guardian of " + role, Role.ADMIN.id(), manager.roleGuardian(role.id()));
      for (Role.Power power : role.powers(market)) {
        for (String function : power.functions()) {
          expect(
              "The role of " + function,
              role.id(),
              manager.targetFunctionRole(power.target(), function));
        }
      }
    }
    for (AccessEvent event : events(market)) {
      if (event instanceof AccessEvent.RoleGranted granted && due.add(granted)) {
        expect(
            "Whether %s has role %d".formatted(granted.account(), granted.role()),
            false,
            chain.read(manager.hasRole(granted.role(), granted.account())).isMember());
      }
    }
  }

  /**
   * The AccessManager lets a delay rise only after five days; until then the getter shows the old
   * one and the event what is coming. The last event counts.
   */
  private void checkDelays(Deployment market, Terms terms) {
    long courtDelay = 0;
    long stakeDelay = 0;
    for (AccessEvent event : events(market)) {
      switch (event) {
        case AccessEvent.RoleGrantDelayChanged change when change.role() == Role.COURT.id() ->
            courtDelay = change.delay();
        case AccessEvent.TargetAdminDelayUpdated change
            when change.target().equals(market.stake()) ->
            stakeDelay = change.delay();
        case AccessEvent.RoleGrantDelayChanged ignored -> {}
        case AccessEvent.TargetAdminDelayUpdated ignored -> {}
        case AccessEvent.RoleGranted ignored -> {}
      }
    }
    expect("The delay of a new court", terms.lawDelay().toSeconds(), courtDelay);
    expect("The delay of new roles at Stake", terms.lawDelay().toSeconds(), stakeDelay);
  }

  private List<AccessEvent> events(Deployment market) {
    AccessManagerContract manager = market.accessManagerContract();
    List<AccessEvent> events = new ArrayList<>();
    for (Digest topic : AccessManagerContract.topics()) {
      chain
          .logs(market.accessManager(), topic, market.block(), chain.height())
          .forEach(log -> manager.event(log).ifPresent(events::add));
    }
    return events;
  }

  private <T> void expect(String what, T expected, Query<T> query) {
    expect(what, expected, chain.read(query));
  }

  private void expect(String what, Object expected, Object found) {
    if (!expected.equals(found)) {
      findings.add(new Finding(what, expected.toString(), found.toString()));
    }
  }
}
