package dev.assay.settlement.reconcile;

import dev.assay.protocol.AccountId;
import dev.assay.protocol.WalletAddress;
import dev.assay.settlement.watch.Bond;
import dev.assay.settlement.watch.EscrowAccount;
import dev.assay.settlement.watch.EscrowAccounts;
import dev.assay.settlement.watch.ScannedBlock;
import dev.assay.settlement.watch.Stakes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/** Our ledger for others to compare with the chain: each page is whole as of one block. */
@Component
class LedgerPages {
  private static final int AT_ONCE = 200;

  private final EscrowAccounts accounts;
  private final Stakes stakes;
  private final ScannedBlock scanned;
  private final TransactionTemplate snapshot;

  LedgerPages(
      EscrowAccounts accounts,
      Stakes stakes,
      ScannedBlock scanned,
      PlatformTransactionManager transactions) {
    this.accounts = accounts;
    this.stakes = stakes;
    this.scanned = scanned;
    this.snapshot = new TransactionTemplate(transactions);
    snapshot.setIsolationLevel(TransactionDefinition.ISOLATION_REPEATABLE_READ);
    snapshot.setReadOnly(true);
  }

  /**
   * @param block as of whose end
   * @param lines none after the last
   */
  record Page<T>(long block, String blockHash, List<T> lines) {
    Page {
      lines = List.copyOf(lines);
    }
  }

  /** Nothing as long as no block was read. */
  Optional<Page<EscrowAccount>> accounts(Optional<AccountId> after) {
    return page(() -> {
      List<EscrowAccount> lines = new ArrayList<>();
      if (after.isEmpty()) {
        accounts.find(AccountId.TREASURY).ifPresent(lines::add);
      }
      lines.addAll(accounts.after(after.orElse(AccountId.TREASURY), AT_ONCE));
      return lines;
    });
  }

  Optional<Page<Bond>> bonds(WalletAddress after) {
    return page(() -> stakes.after(after, AT_ONCE));
  }

  private <T> Optional<Page<T>> page(Supplier<List<T>> lines) {
    return snapshot.execute(
        _ -> scanned.last().map(block -> new Page<>(block.number(), block.hash(), lines.get())));
  }
}
