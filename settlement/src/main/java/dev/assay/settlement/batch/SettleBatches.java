package dev.assay.settlement.batch;

import dev.assay.protocol.AccountId;
import dev.assay.protocol.Batch;
import dev.assay.protocol.Digest;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.chain.ContractError;
import dev.assay.protocol.chain.EscrowContract;
import dev.assay.settlement.chain.BlockRef;
import dev.assay.settlement.chain.ChainClient;
import dev.assay.settlement.chain.ChainUnavailable;
import dev.assay.settlement.chain.Market;
import dev.assay.settlement.platform.Halts;
import dev.assay.settlement.platform.Leadership;
import dev.assay.settlement.platform.PausedPayments;
import dev.assay.settlement.transaction.Errand;
import dev.assay.settlement.transaction.OutgoingTransactions;
import dev.assay.settlement.transaction.Purpose;
import dev.assay.settlement.transaction.Standing;
import dev.assay.settlement.watch.EscrowAccount;
import dev.assay.settlement.watch.EscrowAccounts;
import java.time.Clock;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * Makes one batch after the other of the jobs that wait: the next only when the Escrow shows the
 * head of the one before.
 */
@Component
public class SettleBatches implements Errand {
  private static final Logger LOG = LoggerFactory.getLogger(SettleBatches.class);

  /** Refusals that another netting cures: meanwhile somebody withdrew. */
  private static final Set<String> NET_AGAIN = Set.of("Unfunded", "FeeTooHigh", "UnknownAccount");

  private static final int PAID_OUT_AT_ONCE = 100;

  private final ChainClient chain;
  private final EscrowContract escrow;
  private final Digest firstHead;
  private final Batches batches;
  private final ClearedJobs jobs;
  private final EscrowAccounts accounts;
  private final OutgoingTransactions outgoing;
  private final BatchSettings settings;
  private final BatchPlanner planner;
  private final Leadership leadership;
  private final PausedPayments payments;
  private final Halts halts;
  private final Clock clock;

  SettleBatches(
      ChainClient chain,
      Market market,
      Batches batches,
      ClearedJobs jobs,
      EscrowAccounts accounts,
      OutgoingTransactions outgoing,
      BatchSettings settings,
      Leadership leadership,
      PausedPayments payments,
      Halts halts,
      Clock clock) {
    this.payments = payments;
    this.chain = chain;
    this.escrow = market.deployment().escrowContract();
    this.firstHead = Batch.firstHead(market.deployment().escrowDomain());
    this.batches = batches;
    this.jobs = jobs;
    this.accounts = accounts;
    this.outgoing = outgoing;
    this.settings = settings;
    this.planner = new BatchPlanner(settings);
    this.leadership = leadership;
    this.halts = halts;
    this.clock = clock;
  }

  @Scheduled(fixedDelayString = "${settlement.batch.every:500ms}")
  void plan() {
    if (!leadership.isOurs()) {
      return;
    }
    try {
      step();
    } catch (ChainUnavailable e) {
      LOG.atDebug().setCause(e).log("The Escrow is not asked now");
    }
  }

  void step() {
    while (batches.tellSettled()) {}
    if (halts.isClear()) {
      if (!payments.isOn()) {
        closeNext();
      }
      payOut();
    }
  }

  private void closeNext() {
    Optional<Batches.Link> last = batches.last();
    if (last.isPresent()
        && !last.get().isSettled()
        && !outgoing.isOnItsWay(Purpose.SETTLE, last.get().head().toString())
        && outgoing.hasFailed(Purpose.SETTLE, last.get().head().toString())) {
      batches.dissolve(last.get());
      return;
    }
    Digest head = chain.read(escrow.head());
    if (!head.equals(last.map(Batches.Link::head).orElse(firstHead))) {
      return; // the one before is on its way
    }
    Instant now = clock.instant();
    List<PayableJob> waiting =
        jobs.payable(settings.mostJobs(), settings.dust(), now.minus(settings.dustWaits()));
    Map<WalletAddress, AccountId> workers = new HashMap<>();
    for (PayableJob one : waiting) {
      WalletAddress worker = one.job().worker();
      if (account(worker, workers).isEmpty()) {
        outgoing.plan(Purpose.OPEN_ACCOUNT, worker.hex(), escrow.open(worker).call());
      }
    }
    if (!planner.isTime(waiting, now)) {
      return; // before the chain is asked for every purse
    }
    Map<AccountId, TokenAmount> rooms = new HashMap<>();
    for (PayableJob one : waiting) {
      rooms.computeIfAbsent(one.payer(), payer -> chain.read(escrow.purse(payer)).room());
    }
    TokenAmount mostTaken = chain.read(escrow.limit()).burst();
    planner
        .plan(new BatchPlanner.Facts(waiting, workers, rooms, mostTaken, now))
        .ifPresent(plan -> batches.close(head, plan));
  }

  private Optional<AccountId> account(WalletAddress owner, Map<WalletAddress, AccountId> found) {
    AccountId known = found.get(owner);
    if (known != null) {
      return Optional.of(known);
    }
    Optional<AccountId> account = accounts.mainOf(owner);
    account.ifPresent(id -> found.put(owner, id));
    return account;
  }

  /** Anyone may have an account paid out; workers need not, because this service does. */
  private void payOut() {
    if (outgoing.isAnyOnItsWay(Purpose.PAYOUT)) {
      return;
    }
    List<AccountId> due =
        accounts.withEarnings(PAID_OUT_AT_ONCE).stream()
            .filter(account -> account.earned().compareTo(settings.payOutFrom()) >= 0)
            .map(EscrowAccount::id)
            .filter(
                id -> chain.read(escrow.purse(id)).earned().compareTo(settings.payOutFrom()) >= 0)
            .sorted()
            .toList();
    if (!due.isEmpty()) {
      outgoing.plan(Purpose.PAYOUT, due.getFirst().toString(), escrow.payout(due));
    }
  }

  @Override
  public Set<Purpose> purposes() {
    return Set.of(Purpose.SETTLE, Purpose.OPEN_ACCOUNT, Purpose.PAYOUT);
  }

  @Override
  public Standing standing(Purpose purpose, String subject, BlockRef block, ContractError refusal) {
    return switch (purpose) {
      case SETTLE ->
          canLand(Digest.parse(subject), block, refusal) ? Standing.WANTED : Standing.IMPOSSIBLE;
      case OPEN_ACCOUNT ->
          chain.read(escrow.idOf(new WalletAddress(subject)), block).number() > 0
              ? Standing.DONE
              : Standing.WANTED;
      case PAYOUT -> Standing.WANTED;
      default -> throw new IllegalArgumentException(purpose + " is not of batches");
    };
  }

  /** One that cannot is dissolved, else no other would ever be closed. */
  private boolean canLand(Digest head, BlockRef block, ContractError refusal) {
    return switch (refusal.name()) {
      case "Stale" -> {
        Digest parent = batches.parentOf(head);
        yield chain.read(escrow.head(), block).equals(parent)
            || !outgoing.hasFailed(Purpose.SETTLE, parent.toString());
      }
      case "OverLimit" ->
          batches.takenBy(head).compareTo(chain.read(escrow.limit(), block).burst()) <= 0;
      default -> !NET_AGAIN.contains(refusal.name());
    };
  }
}
