package dev.assay.settlement.court;

import dev.assay.protocol.Digest;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.chain.CaseState;
import dev.assay.protocol.chain.ContractError;
import dev.assay.protocol.chain.CourtContract;
import dev.assay.protocol.chain.StakeContract;
import dev.assay.settlement.chain.BlockRef;
import dev.assay.settlement.chain.ChainClient;
import dev.assay.settlement.chain.ChainUnavailable;
import dev.assay.settlement.chain.Market;
import dev.assay.settlement.platform.Leadership;
import dev.assay.settlement.transaction.Errand;
import dev.assay.settlement.transaction.OutgoingTransactions;
import dev.assay.settlement.transaction.Purpose;
import dev.assay.settlement.transaction.Standing;
import dev.assay.settlement.watch.ScannedBlock;
import dev.assay.settlement.watch.Stakes;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * Watches the Court's cases, moves on those whose time has come, and has paid out what the Stake
 * owes to whomever: compensation into the purse, so the harmed need do nothing to become whole.
 */
@Component
public class FollowCases implements Errand {
  private static final Logger LOG = LoggerFactory.getLogger(FollowCases.class);
  private static final int AT_ONCE = 100;

  private final ChainClient chain;
  private final CourtContract court;
  private final StakeContract stake;
  private final Cases cases;
  private final OpenCases open;
  private final Stakes stakes;
  private final ScannedBlock scanned;
  private final OutgoingTransactions outgoing;
  private final Leadership leadership;

  FollowCases(
      ChainClient chain,
      Market market,
      Cases cases,
      OpenCases open,
      Stakes stakes,
      ScannedBlock scanned,
      OutgoingTransactions outgoing,
      Leadership leadership) {
    this.chain = chain;
    this.court = market.deployment().courtContract();
    this.stake = market.deployment().stakeContract();
    this.cases = cases;
    this.open = open;
    this.stakes = stakes;
    this.scanned = scanned;
    this.outgoing = outgoing;
    this.leadership = leadership;
  }

  @Scheduled(fixedDelayString = "${settlement.court.every:1s}")
  void follow() {
    if (!leadership.isOurs()) {
      return;
    }
    try {
      step();
    } catch (ChainUnavailable e) {
      LOG.atDebug().setCause(e).log("The Court is not asked now");
    }
  }

  void step() {
    Optional<BlockRef> block = scanned.last();
    if (block.isEmpty()) {
      return;
    }
    open.planReverted();
    for (CourtCase known : cases.toFollow(AT_ONCE)) {
      CourtCase now = asOf(known, block.get());
      cases.follow(known, now, block.get());
      planClosing(now, block.get().timestamp());
    }
    for (Stakes.Award award : stakes.awards(AT_ONCE)) {
      String recipient = award.recipient().hex();
      if (!outgoing.isOnItsWay(Purpose.CLAIM, recipient)
          && !chain.read(stake.claimable(award.recipient())).isZero()) {
        outgoing.plan(Purpose.CLAIM, recipient, stake.claim(award.recipient()).call());
      }
    }
  }

  private CourtCase asOf(CourtCase known, BlockRef block) {
    CourtContract.Case now = chain.read(court.caseOf(known.id()), block);
    boolean waits = now.state() != CaseState.DUE && now.state() != CaseState.CLOSED;
    return new CourtCase(
        known.id(),
        known.offence(),
        known.accused(),
        now.state(),
        now.amount(),
        known.taken(),
        waits ? Optional.of(Instant.ofEpochSecond(now.deadline())) : Optional.empty(),
        known.harmed(),
        known.compensation());
  }

  /**
   * Unanswered it stands, unruled it falls, unnamed harm goes to the insurance; anyone may say so.
   */
  private void planClosing(CourtCase now, Instant time) {
    boolean isTime =
        switch (now.state()) {
          case OPEN, APPEALED, HELD -> now.deadline().map(time::isAfter).orElse(false);
          case DUE -> true;
          case NONE, CLOSED -> false;
        };
    if (isTime) {
      outgoing.plan(Purpose.CLOSE_CASE, now.id().toString(), court.close(now.id()));
    }
  }

  @Override
  public Set<Purpose> purposes() {
    return Set.of(Purpose.CLOSE_CASE, Purpose.CLAIM);
  }

  @Override
  public Standing standing(Purpose purpose, String subject, BlockRef block, ContractError refusal) {
    if (purpose == Purpose.CLAIM) {
      boolean isPaid = chain.read(stake.claimable(new WalletAddress(subject)), block).isZero();
      return isPaid ? Standing.DONE : Standing.WANTED;
    }
    CaseState state = chain.read(court.caseOf(Digest.parse(subject)), block).state();
    return state == CaseState.CLOSED ? Standing.DONE : Standing.WANTED;
  }
}
