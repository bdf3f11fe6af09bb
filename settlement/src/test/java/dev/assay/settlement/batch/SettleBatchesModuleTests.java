package dev.assay.settlement.batch;

import static dev.assay.settlement.TestMarket.digest;
import static dev.assay.settlement.TestMarket.dollars;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.assay.determinism.Ids;
import dev.assay.protocol.AccountId;
import dev.assay.protocol.Batch;
import dev.assay.protocol.Digest;
import dev.assay.protocol.Entry;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.chain.Call;
import dev.assay.protocol.chain.ContractError;
import dev.assay.protocol.chain.Reverted;
import dev.assay.settlement.SettlementModuleTest;
import dev.assay.settlement.TestMarket;
import dev.assay.settlement.platform.FreshHalts;
import dev.assay.settlement.platform.Halts;
import dev.assay.settlement.transaction.OutgoingTransactions;
import dev.assay.settlement.transaction.Purpose;
import dev.assay.settlement.transaction.Standing;
import dev.assay.tracing.Traces;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionOperations;

/** Batches that the Escrow refuses, on a real chain. */
@SettlementModuleTest
class SettleBatchesModuleTests {
  private final TestMarket market;
  private final SettleBatches settle;
  private final Batches batches;
  private final OutgoingTransactions outgoing;
  private final TransactionOperations transaction;
  private final JdbcClient jdbc;
  private final Halts halts;
  private final Traces traces;

  SettleBatchesModuleTests(
      @Autowired TestMarket market,
      @Autowired SettleBatches settle,
      @Autowired Batches batches,
      @Autowired OutgoingTransactions outgoing,
      @Autowired TransactionOperations transaction,
      @Autowired JdbcClient jdbc,
      @Autowired Halts halts,
      @Autowired Traces traces) {
    this.market = market;
    this.settle = settle;
    this.batches = batches;
    this.outgoing = outgoing;
    this.transaction = transaction;
    this.jdbc = jdbc;
    this.halts = halts;
    this.traces = traces;
  }

  /** As when a reorganisation takes a batch back and it reverts when it is mined again. */
  @Test
  void a_batch_on_one_that_failed_is_dissolved_with_it() {
    until(() -> halts.isClear() && isQuiet());
    Digest head = market.client.read(market.escrow.head());
    Batch first = batch(dollars(1));
    Batch second = batch(dollars(2));
    transaction.executeWithoutResult(_ -> {
      close(head, first);
      close(first.head(head), second);
      jdbc.sql("update outgoing set state = 'MOOT' where subject = :subject")
          .param("subject", first.head(head).toString())
          .update();
    });

    until(() -> state(second.head(first.head(head))).equals("VOID"));
    until(() -> state(first.head(head)).equals("VOID"));
    assertThat(isQuiet()).isTrue();
  }

  @Test
  void a_batch_on_one_that_may_land_again_is_tried_again() {
    Digest head = market.client.read(market.escrow.head());
    Batch first = batch(dollars(3));
    Batch second = batch(dollars(4));
    Digest parent = first.head(head);
    ContractError stale = refusal(market.escrow.settle(parent, second));
    assertThat(stale.name()).isEqualTo("Stale");

    Standing standing =
        undone(() -> {
          close(head, first);
          close(parent, second);
          return standing(second.head(parent), stale);
        });

    assertThat(standing).isEqualTo(Standing.WANTED);
  }

  /** As when governance lowers what the Escrow lets settlements take at once. */
  @Test
  void a_batch_that_takes_more_than_the_escrow_ever_lets_is_given_up() {
    TokenAmount burst = market.client.read(market.escrow.limit()).burst();
    AccountId payer = market.person().deposit(burst.plus(dollars(1)));
    Digest head = market.client.read(market.escrow.head());
    Batch tooMuch = batch(payer, burst.plus(dollars(1)));
    Batch allOfIt = batch(payer, burst);
    ContractError over = refusal(market.escrow.settle(head, tooMuch));
    assertThat(over.name()).isEqualTo("OverLimit");

    assertThat(
            undone(() -> {
              close(head, tooMuch);
              return standing(tooMuch.head(head), over);
            }))
        .isEqualTo(Standing.IMPOSSIBLE);
    assertThat(
            undone(() -> {
              close(head, allOfIt);
              return standing(allOfIt.head(head), over);
            }))
        .as("it may leak out before")
        .isEqualTo(Standing.WANTED);
  }

  /** What a process finds that was not there when it came about. */
  @Test
  void that_a_dissolved_batch_landed_holds_until_its_jobs_are_in_it_again() {
    undone(() -> {
      Batch batch = batch(dollars(5));
      close(digest("a parent"), batch);
      Digest head = batch.head(digest("a parent"));
      var link = new Batches.Link(seq(head), head, false);
      job(link);
      batches.dissolve(link);
      assertThat(isHalted()).as("it has not landed").isFalse();

      jdbc.sql("update batch set state = 'SETTLED' where seq = :seq")
          .param("seq", link.seq())
          .update();
      assertThat(isHalted()).isTrue();

      // As docs/operations/halts.md says.
      jdbc.sql(
              """
              update cleared_job c
                 set batch = d.batch, requester_account = d.requester_account,
                     worker_account = d.worker_account
                from dissolved_job d join batch b on b.seq = d.batch
               where c.job = d.job and b.head = :head\
              """)
          .param("head", head.toString())
          .update();
      assertThat(isHalted()).isFalse();
      return head;
    });
  }

  @Test
  void a_batch_that_landed_meanwhile_keeps_its_jobs() {
    undone(() -> {
      Batch batch = batch(dollars(6));
      close(digest("a parent"), batch);
      Digest head = batch.head(digest("a parent"));
      jdbc.sql("update batch set state = 'SETTLED' where head = :head")
          .param("head", head.toString())
          .update();

      var link = new Batches.Link(seq(head), head, false);
      job(link);

      batches.dissolve(link);

      assertThat(
              jdbc.sql("select count(*) from cleared_job where batch = :seq")
                  .param("seq", link.seq())
                  .query(Long.class)
                  .single())
          .isEqualTo(1);
      assertThat(isHalted()).isFalse();
      return head;
    });
  }

  private void job(Batches.Link of) {
    jdbc.sql(
            """
            insert into epoch (epoch, root, prev_root, count, total_price, canary_root,
                               verifier_set_root, verifier_count, traceparent, closed_at)
            values (1000000, '', '', 1, 1, '', '', 0, '', now())\
            """)
        .update();
    jdbc.sql(
            """
            insert into cleared_job (job, attempt, requester, worker, price, earned, attestation,
                                     epoch, selected, traceparent, cleared_at, batch,
                                     requester_account, worker_account)
            values (:job, 1, '', '', 1, 1, '', 1000000, false, '', now(), :batch, 1, 2)\
            """)
        .param("job", digest("a job").toString())
        .param("batch", of.seq())
        .update();
  }

  private long seq(Digest head) {
    return jdbc.sql("select seq from batch where head = :head")
        .param("head", head.toString())
        .query(Long.class)
        .single();
  }

  /** By what the database says, in a process that has just begun. */
  private boolean isHalted() {
    Halts fresh = FreshHalts.halts();
    new Batches(
            market.described(),
            outgoing,
            _ -> {},
            transaction,
            jdbc,
            fresh,
            traces,
            Clock.systemUTC(),
            new Ids(Clock.systemUTC(), new SecureRandom()))
        .haltIfDissolvedLanded();
    return fresh.reasons().containsKey("dissolved-settlement");
  }

  private Standing standing(Digest head, ContractError refusal) {
    return settle.standing(
        Purpose.SETTLE, head.toString(), market.client.finalizedBlock(), refusal);
  }

  private ContractError refusal(Call call) {
    return catchThrowableOfType(
            Reverted.class,
            () ->
                market.client.estimateGas(
                    market.settlement.address(), Optional.of(call.to()), call.data()))
        .error();
  }

  private static Batch batch(TokenAmount amount) {
    return batch(new AccountId(1), amount);
  }

  private static Batch batch(AccountId payer, TokenAmount amount) {
    List<Entry> entries = List.of(new Entry(payer, amount));
    return new Batch(digest("jobs of " + amount), entries, entries);
  }

  private void close(Digest parent, Batch batch) {
    jdbc.sql(
            """
            insert into batch (parent, head, root, jobs, taken, given, state, closed_at)
            values (:parent, :head, :root, 1, :taken::numeric, :given::numeric, 'CLOSED', now())\
            """)
        .param("parent", parent.toString())
        .param("head", batch.head(parent).toString())
        .param("root", batch.root().toString())
        .param("taken", batch.taken().toString())
        .param("given", batch.given().toString())
        .update();
    outgoing.plan(
        Purpose.SETTLE, batch.head(parent).toString(), market.escrow.settle(parent, batch));
  }

  private boolean isQuiet() {
    return batches.last().map(Batches.Link::isSettled).orElse(true)
        && !outgoing.isAnyOnItsWay(Purpose.SETTLE);
  }

  private String state(Digest head) {
    return jdbc.sql("select state from batch where head = :head")
        .param("head", head.toString())
        .query(String.class)
        .single();
  }

  /** Seen by nobody else. */
  private <T> T undone(Supplier<T> what) {
    return transaction.execute(status -> {
      status.setRollbackOnly();
      return what.get();
    });
  }

  private void until(Callable<Boolean> so) {
    await()
        .atMost(Duration.ofSeconds(40))
        .until(() -> {
          market.chain.mine(1);
          return so.call();
        });
  }
}
