package dev.assay.settlement.watch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.determinism.Ids;
import dev.assay.protocol.AccountId;
import dev.assay.protocol.Bytes;
import dev.assay.protocol.Digest;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.chain.Log;
import dev.assay.protocol.event.PurseChanged;
import dev.assay.settlement.SettlementModuleTest;
import dev.assay.settlement.TestMarket;
import dev.assay.settlement.chain.BlockRef;
import dev.assay.settlement.chain.Market;
import dev.assay.settlement.chain.PlacedLog;
import dev.assay.settlement.platform.Halts;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionOperations;

/** Logs that no test's chain has: what is kept of them is rolled back. */
@SettlementModuleTest
class EscrowAccountsModuleTests {
  private static final AccountId FIRST = new AccountId(4_000_000_001L);
  private static final AccountId SECOND = new AccountId(4_000_000_002L);

  private final TestMarket market;
  private final EscrowAccounts accounts;
  private final TransactionOperations transaction;
  private final List<PurseChanged> told = new ArrayList<>();

  EscrowAccountsModuleTests(
      @Autowired TestMarket market,
      @Autowired Market described,
      @Autowired SettledEntries entries,
      @Autowired EarlyFacts early,
      @Autowired Ids ids,
      @Autowired Clock clock,
      @Autowired Halts halts,
      @Autowired JdbcClient jdbc,
      @Autowired TransactionOperations transaction) {
    this.market = market;
    this.accounts =
        new EscrowAccounts(
            described,
            entries,
            early,
            new Announcer(event -> told.add((PurseChanged) event), ids, clock),
            halts,
            jdbc);
    this.transaction = transaction;
  }

  @Test
  void accounts_that_move_up_one_after_another_in_one_chunk_are_kept() {
    WalletAddress ada = wallet("ada");
    WalletAddress ben = wallet("ben");
    WalletAddress cleo = wallet("cleo");
    transaction.executeWithoutResult(status -> {
      status.setRollbackOnly();
      accounts.apply(chunk(1, opened(FIRST, ada), opened(SECOND, ben)));

      accounts.apply(chunk(2, authorized(FIRST), moved(SECOND, ben, cleo), moved(FIRST, ada, ben)));

      assertThat(accounts.mainOf(ada)).isEmpty();
      assertThat(accounts.mainOf(ben)).contains(FIRST);
      assertThat(accounts.mainOf(cleo)).contains(SECOND);
    });
  }

  @Test
  void accounts_that_change_places_in_one_chunk_are_kept() {
    WalletAddress ada = wallet("ada");
    WalletAddress ben = wallet("ben");
    WalletAddress cleo = wallet("cleo");
    transaction.executeWithoutResult(status -> {
      status.setRollbackOnly();
      accounts.apply(chunk(1, opened(FIRST, ada), opened(SECOND, ben)));

      accounts.apply(
          chunk(2, moved(FIRST, ada, cleo), moved(SECOND, ben, ada), moved(FIRST, cleo, ben)));

      assertThat(accounts.mainOf(ada)).contains(SECOND);
      assertThat(accounts.mainOf(ben)).contains(FIRST);
      assertThat(accounts.mainOf(cleo)).isEmpty();
    });
  }

  @Test
  void whoever_is_given_an_account_keeps_its_own_as_the_main_one() {
    WalletAddress ada = wallet("ada");
    WalletAddress ben = wallet("ben");
    transaction.executeWithoutResult(status -> {
      status.setRollbackOnly();

      accounts.apply(chunk(1, opened(FIRST, ada), opened(SECOND, ben), moved(FIRST, ada, ben)));

      assertThat(accounts.mainOf(ada)).isEmpty();
      assertThat(accounts.mainOf(ben)).contains(SECOND);
      assertThat(accounts.find(FIRST).orElseThrow().owner()).isEqualTo(ben);
    });
  }

  @Test
  void a_purse_that_was_given_away_is_nobodys_for_the_exit_delay() {
    WalletAddress ada = wallet("ada");
    WalletAddress ben = wallet("ben");
    long delay = market.terms.exitDelay().toSeconds();
    transaction.executeWithoutResult(status -> {
      status.setRollbackOnly();
      accounts.apply(chunk(1, opened(FIRST, ada), deposited(FIRST, 90), authorized(FIRST)));
      accounts.apply(chunk(2, moved(FIRST, ada, ben)));
      accounts.apply(chunk(delay + 1, deposited(FIRST, 1)));
      accounts.apply(chunk(delay + 2));
      accounts.apply(chunk(delay + 3));
      // Told once more with each change of what it is charged for.
      assertThat(told(ada)).containsExactly("90 of 90", "0 of 0", "0 of 0");
      assertThat(told(ben)).containsExactly("0 of 90", "0 of 91", "91 of 91");
    });
  }

  @Test
  void a_purse_that_comes_back_is_its_first_owners_at_once_and_owes_nothing_for_who_had_it() {
    WalletAddress ada = wallet("ada");
    WalletAddress ben = wallet("ben");
    WalletAddress cleo = wallet("cleo");
    long delay = market.terms.exitDelay().toSeconds();
    transaction.executeWithoutResult(status -> {
      status.setRollbackOnly();
      accounts.apply(chunk(1, opened(FIRST, ada), deposited(FIRST, 90), moved(FIRST, ada, ben)));
      accounts.apply(chunk(3, moved(FIRST, ben, ada)));
      assertThat(told(ada)).containsExactly("0 of 0", "90 of 90");

      accounts.apply(chunk(5, moved(FIRST, ada, cleo)));
      accounts.apply(chunk(delay + 4));
      accounts.apply(chunk(delay + 5));
      assertThat(told(cleo)).as("from the last gift on").containsExactly("0 of 90", "90 of 90");
    });
  }

  @Test
  void what_was_no_purse_is_given_away_free_of_debt() {
    WalletAddress ada = wallet("ada");
    WalletAddress ben = wallet("ben");
    WalletAddress cleo = wallet("cleo");
    transaction.executeWithoutResult(status -> {
      status.setRollbackOnly();
      accounts.apply(chunk(1, opened(FIRST, ada), opened(SECOND, ben), deposited(FIRST, 90)));
      accounts.apply(chunk(2, moved(FIRST, ada, ben)));
      accounts.apply(chunk(3, moved(FIRST, ben, cleo)));
      assertThat(told(cleo)).as("what ada owes goes along").containsExactly("0 of 90");

      accounts.apply(chunk(4, deposited(SECOND, 7), moved(FIRST, cleo, ben)));
      assertThat(told(ben)).endsWith("7 of 7");
    });
  }

  /** What it may spend, and of what. */
  private List<String> told(WalletAddress owner) {
    return told.stream()
        .filter(purse -> purse.owner().equals(owner))
        .map(purse -> purse.balance().minus(purse.leaving()) + " of " + purse.balance())
        .toList();
  }

  private Log deposited(AccountId account, long amount) {
    return log(
        "Deposited(uint32,address,uint64)",
        Bytes.parse("0x%064x".formatted(amount)),
        word(account),
        word(wallet("a funder")));
  }

  /** The time of a block is its number in seconds. */
  private Chunk chunk(long block, Log... logs) {
    String hash = "0x" + "ab".repeat(32);
    List<PlacedLog> placed = new ArrayList<>();
    for (Log log : logs) {
      placed.add(new PlacedLog(log, block, hash, placed.size(), Digest.ZERO));
    }
    return new Chunk(new BlockRef(block, hash, Instant.ofEpochSecond(block)), placed);
  }

  private Log opened(AccountId account, WalletAddress owner) {
    return log("Opened(uint32,address)", Bytes.EMPTY, word(account), word(owner));
  }

  private Log authorized(AccountId account) {
    return log(
        "Authorized(uint32,uint64)", Bytes.parse("0x" + "0".repeat(63) + "1"), word(account));
  }

  private Log moved(AccountId account, WalletAddress from, WalletAddress to) {
    return log(
        "AccountMoved(uint32,address,address)", Bytes.EMPTY, word(account), word(from), word(to));
  }

  private Log log(String event, Bytes data, Digest... indexed) {
    List<Digest> topics = new ArrayList<>();
    topics.add(Digest.keccak256(event.getBytes(StandardCharsets.UTF_8)));
    topics.addAll(List.of(indexed));
    return new Log(market.market.escrow(), topics, data);
  }

  private static Digest word(AccountId account) {
    return Digest.parse("0x%064x".formatted(account.number()));
  }

  private static Digest word(WalletAddress wallet) {
    return Digest.parse("0x" + "0".repeat(24) + wallet.hex().substring(2));
  }

  private static WalletAddress wallet(String name) {
    return new WalletAddress("0x" + TestMarket.digest(name).toString().substring(26));
  }
}
