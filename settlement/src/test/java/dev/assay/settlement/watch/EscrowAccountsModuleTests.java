package dev.assay.settlement.watch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.protocol.AccountId;
import dev.assay.protocol.Bytes;
import dev.assay.protocol.Digest;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.chain.Log;
import dev.assay.settlement.SettlementModuleTest;
import dev.assay.settlement.TestMarket;
import dev.assay.settlement.chain.BlockRef;
import dev.assay.settlement.chain.PlacedLog;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.transaction.support.TransactionOperations;

/** Logs that no test's chain has: what is kept of them is rolled back. */
@SettlementModuleTest
class EscrowAccountsModuleTests {
  private static final AccountId FIRST = new AccountId(4_000_000_001L);
  private static final AccountId SECOND = new AccountId(4_000_000_002L);

  private final TestMarket market;
  private final EscrowAccounts accounts;
  private final TransactionOperations transaction;

  EscrowAccountsModuleTests(
      @Autowired TestMarket market,
      @Autowired EscrowAccounts accounts,
      @Autowired TransactionOperations transaction) {
    this.market = market;
    this.accounts = accounts;
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

  private Chunk chunk(long block, Log... logs) {
    String hash = "0x" + "ab".repeat(32);
    List<PlacedLog> placed = new ArrayList<>();
    for (Log log : logs) {
      placed.add(new PlacedLog(log, block, hash, placed.size(), Digest.ZERO));
    }
    return new Chunk(new BlockRef(block, hash, Instant.EPOCH), placed);
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
