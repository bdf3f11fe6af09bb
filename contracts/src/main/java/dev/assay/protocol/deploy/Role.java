package dev.assay.protocol.deploy;

import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.chain.AccessManagerContract;
import java.time.Duration;
import java.util.List;

/** The roles of a market, with the contracts' functions that are theirs alone. */
enum Role {
  ADMIN(AccessManagerContract.ADMIN_ROLE, List.of(), List.of(), List.of()),
  OPERATOR(
      1,
      List.of("settle(bytes32,bytes32,bytes,bytes)"),
      List.of(),
      List.of(
          "seal((uint64,bytes32,bytes32,uint32,uint64,bytes32,bytes32,uint32,bytes32))",
          "anchor(bytes32)")),
  COURT(
      2,
      List.of(),
      List.of(
          "freeze(address,uint64)",
          "release(address,uint64)",
          "slash(address,uint64)",
          "award(address,uint64,bool)"),
      List.of()),
  ARBITER(3, List.of(), List.of(), List.of("rule(bytes32,bool)")),
  GUARDIAN(4, List.of("halt(uint32)"), List.of(), List.of()),
  GOVERNOR(5, List.of("setLimit(uint64,uint64)"), List.of(), List.of());

  private final long id;
  private final List<String> ofEscrow;
  private final List<String> ofStake;
  private final List<String> ofCourt;

  Role(long id, List<String> ofEscrow, List<String> ofStake, List<String> ofCourt) {
    this.id = id;
    this.ofEscrow = ofEscrow;
    this.ofStake = ofStake;
    this.ofCourt = ofCourt;
  }

  long id() {
    return id;
  }

  /** Functions of one contract that only this role may call. */
  record Power(WalletAddress target, List<String> functions) {}

  List<Power> powers(Deployment market) {
    return List.of(
            new Power(market.escrow(), ofEscrow),
            new Power(market.stake(), ofStake),
            new Power(market.court(), ofCourt))
        .stream()
        .filter(power -> !power.functions().isEmpty())
        .toList();
  }

  /** Who has it. */
  WalletAddress member(Deployment market, Offices offices) {
    return switch (this) {
      case ADMIN, GOVERNOR -> offices.governance();
      case OPERATOR -> offices.settlement();
      case COURT -> market.court();
      case ARBITER -> offices.arbiter();
      case GUARDIAN -> offices.guardian();
    };
  }

  /** Between scheduling and doing, for that member. */
  Duration executionDelay(Terms terms) {
    return switch (this) {
      case ADMIN -> terms.lawDelay();
      case GOVERNOR -> terms.limitDelay();
      case OPERATOR, COURT, ARBITER, GUARDIAN -> Duration.ZERO;
    };
  }

  /** Who grants and revokes it. */
  Role admin() {
    return switch (this) {
      case ADMIN, COURT, GOVERNOR -> ADMIN;
      case OPERATOR, ARBITER, GUARDIAN -> GOVERNOR;
    };
  }
}
