package dev.assay.settlement.reconcile;

import dev.assay.protocol.AccountId;
import dev.assay.protocol.Batch;
import dev.assay.protocol.Digest;
import dev.assay.protocol.chain.EscrowContract;
import dev.assay.protocol.chain.Purse;
import dev.assay.protocol.chain.StakeContract;
import dev.assay.protocol.deploy.Deployment;
import dev.assay.settlement.batch.Batches;
import dev.assay.settlement.chain.BlockRef;
import dev.assay.settlement.chain.ChainClient;
import dev.assay.settlement.chain.ChainUnavailable;
import dev.assay.settlement.chain.Market;
import dev.assay.settlement.court.Epochs;
import dev.assay.settlement.platform.Halts;
import dev.assay.settlement.platform.Leadership;
import dev.assay.settlement.watch.Bond;
import dev.assay.settlement.watch.Changed;
import dev.assay.settlement.watch.EscrowAccount;
import dev.assay.settlement.watch.EscrowAccounts;
import dev.assay.settlement.watch.ScannedBlock;
import dev.assay.settlement.watch.Stakes;
import java.math.BigInteger;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * Compares what our ledger says, from logs and batches, with what the contracts hold, from their
 * storage, at each final block: two ways to the same figures. Accounts and bonds that changed are
 * compared one by one, the others some at a time, the sums always. Until the first time, and from a
 * drift on, nothing new is sent.
 */
@Component
public class Reconcile {
  private static final Logger LOG = LoggerFactory.getLogger(Reconcile.class);
  private static final String PART = "reconciliation";
  private static final int CHANGED_AT_ONCE = 500;
  private static final int OTHERS_AT_ONCE = 20;
  private static final int MOST_TOLD = 10;

  /** How long the comparison may fail before nothing more is sent. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final ChainClient chain;
  private final Deployment market;
  private final EscrowContract escrow;
  private final StakeContract stake;
  private final ScannedBlock scanned;
  private final EscrowAccounts accounts;
  private final Stakes stakes;
  private final Batches batches;
  private final Epochs epochs;
  private final Reconciliations found;
  private final Leadership leadership;
  private final Halts halts;
  private final Clock clock;
  private Instant compared;
  private long since = -1;
  private Optional<Changed<EscrowAccount>> lastAccount = Optional.empty();
  private Optional<Changed<Bond>> lastBond = Optional.empty();
  private AccountId others = AccountId.TREASURY;

  Reconcile(
      ChainClient chain,
      Market market,
      ScannedBlock scanned,
      EscrowAccounts accounts,
      Stakes stakes,
      Batches batches,
      Epochs epochs,
      Reconciliations found,
      Leadership leadership,
      Halts halts,
      Clock clock) {
    this.chain = chain;
    this.market = market.deployment();
    this.escrow = this.market.escrowContract();
    this.stake = this.market.stakeContract();
    this.scanned = scanned;
    this.accounts = accounts;
    this.stakes = stakes;
    this.batches = batches;
    this.epochs = epochs;
    this.found = found;
    this.leadership = leadership;
    this.halts = halts;
    this.clock = clock;
    this.compared = clock.instant();
    halts.hold(PART, "the ledger has not been compared with the chain yet");
  }

  @Scheduled(fixedDelayString = "${settlement.reconcile.every:1s}")
  void reconcile() {
    if (!leadership.isOurs()) {
      return;
    }
    try {
      step();
    } catch (ChainUnavailable e) {
      LOG.atDebug().setCause(e).log("The contracts cannot be read now");
      if (compared.plus(PATIENCE).isBefore(clock.instant())) {
        halts.hold(PART, "the ledger could not be compared with the chain for a minute");
      }
    }
  }

  void step() {
    Optional<BlockRef> block = scanned.last();
    if (block.isEmpty()) {
      return;
    }
    batches.haltIfDissolvedLanded(); // before anything is compared, and so before anything is sent
    if (block.get().number() > since) {
      compare(block.get());
    }
    compared = clock.instant();
  }

  private void compare(BlockRef block) {
    List<String> drift = new ArrayList<>();
    compareHeads(block, drift);
    List<Changed<EscrowAccount>> changed = accounts.changedAfter(lastAccount, CHANGED_AT_ONCE);
    changed.forEach(account -> compare(account.what(), block, drift));
    List<EscrowAccount> rest = accounts.after(others, OTHERS_AT_ONCE);
    rest.forEach(account -> compare(account, block, drift));
    List<Changed<Bond>> bonds = stakes.changedAfter(lastBond, CHANGED_AT_ONCE);
    bonds.forEach(bond -> compare(bond.what(), block, drift));
    BigInteger owed = found.owed();
    BigInteger held =
        chain.read(market.tokenContract().balanceOf(market.escrow()), block).toBigInteger();
    if (held.compareTo(owed) < 0) {
      drift.add("the Escrow holds %s and owes %s".formatted(held, owed));
    }
    BigInteger bonded =
        found.bonded().add(found.awarded()).add(chain.read(stake.pot(), block).toBigInteger());
    BigInteger atStake =
        chain.read(market.tokenContract().balanceOf(market.stake()), block).toBigInteger();
    if (atStake.compareTo(bonded) < 0) {
      drift.add("the Stake holds %s and owes %s".formatted(atStake, bonded));
    }
    expect(
        "the sum of all bonds",
        found.bonded(),
        chain.read(stake.totalBonded(), block).toBigInteger(),
        drift);
    if (!isStill(block)) {
      return; // the ledger moved on while it was compared: once more
    }
    found.keep(
        new Reconciliation(
            block.number(), block.hash(), clock.instant(), owed, held, bonded, atStake, drift));
    if (drift.isEmpty()) {
      if (!changed.isEmpty()) {
        lastAccount = Optional.of(changed.getLast());
      }
      if (!bonds.isEmpty()) {
        lastBond = Optional.of(bonds.getLast());
      }
      others = rest.size() < OTHERS_AT_ONCE ? AccountId.TREASURY : rest.getLast().id();
      if (changed.size() < CHANGED_AT_ONCE && bonds.size() < CHANGED_AT_ONCE) {
        since = block.number();
      }
      halts.release(PART);
    } else {
      halts.halt(
          PART,
          "ledger and chain differ as of block %d: %s."
              .formatted(
                  block.number(),
                  String.join("; ", drift.subList(0, Math.min(MOST_TOLD, drift.size())))));
    }
  }

  private boolean isStill(BlockRef block) {
    return scanned.last().map(block::isSameAs).orElse(false);
  }

  private void compareHeads(BlockRef block, List<String> drift) {
    Digest head = batches.settledHead().orElse(Batch.firstHead(market.escrowDomain()));
    expect("the Escrow's head", head, chain.read(escrow.head(), block), drift);
    expect(
        "the Escrow's newest account",
        found.accounts(),
        chain.read(escrow.count(), block).number(),
        drift);
    expect(
        "the Court's latest epoch",
        epochs.latestSealed(),
        chain.read(market.courtContract().latestEpoch(), block),
        drift);
  }

  private void compare(EscrowAccount ours, BlockRef block, List<String> drift) {
    Purse purse = chain.read(escrow.purse(ours.id()), block);
    EscrowContract.Holder holder = chain.read(escrow.holder(ours.id()), block);
    String name = "account " + ours.id();
    expect(
        name,
        new Purse(ours.balance(), ours.spent(), ours.authorized(), ours.earned()),
        purse,
        drift);
    expect("the owner of " + name, ours.owner(), holder.owner(), drift);
    expect("what leaves " + name, ours.leaving(), holder.leaving(), drift);
  }

  private void compare(Bond ours, BlockRef block, List<String> drift) {
    StakeContract.Bond bond = chain.read(stake.bondOf(ours.worker()), block);
    expect(
        "the bond of " + ours.worker(),
        ours,
        new Bond(ours.worker(), bond.bonded(), bond.thawing(), bond.frozen()),
        drift);
  }

  private static void expect(String what, Object ours, Object chains, List<String> drift) {
    if (!ours.equals(chains)) {
      drift.add("%s is %s on the chain and %s in our ledger".formatted(what, chains, ours));
    }
  }
}
