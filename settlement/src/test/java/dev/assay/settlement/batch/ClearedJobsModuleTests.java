package dev.assay.settlement.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.protocol.Digest;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.quickstart.stack.testing.BackingServices;
import dev.assay.settlement.platform.SchemaMigration;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Which jobs wait for the next batch, on a real database. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ClearedJobsModuleTests {
  private static final Instant NOON = Instant.parse("2026-11-25T12:00:00Z");
  private static final TokenAmount DUST = TokenAmount.of(1_000);
  private static final Instant DUST_UNTIL = NOON.minus(Duration.ofHours(1));
  private static final WalletAddress WORKER = wallet(99);

  private final ConfigurableApplicationContext schema =
      new SpringApplicationBuilder(SchemaMigration.class, BackingServices.class)
          .web(WebApplicationType.NONE)
          .run();
  private final JdbcClient jdbc = JdbcClient.create(schema.getBean(DataSource.class));
  private final ClearedJobs jobs = new ClearedJobs(jdbc);
  private int made;

  @BeforeEach
  void nothing_waits() {
    jdbc.sql(
            "truncate cleared_job, dissolved_job, batch_entry, batch, epoch, escrow_account,"
                + " given_account")
        .update();
    jdbc.sql(
            """
            insert into epoch (epoch, root, prev_root, count, total_price, canary_root,
                               verifier_set_root, verifier_count, traceparent, closed_at)
            values (1, '', '', 1, 1, '', '', 0, '', now())\
            """)
        .update();
  }

  @AfterAll
  void close() {
    schema.close();
  }

  @Test
  void what_cannot_be_paid_takes_nobodys_place() {
    account(2, 0, 1_000_000);
    account(3, 1_000_000, 0);
    account(4, 5_000, 5_000);
    for (int i = 0; i < 5; i++) {
      add(1, 2_000, Duration.ofHours(3)); // without an account
      add(2, 2_000, Duration.ofHours(3));
      add(3, 2_000, Duration.ofHours(3));
    }
    Digest paid = add(4, 2_000, Duration.ofMinutes(1));

    assertThat(payable(3)).containsExactly(paid);
  }

  @Test
  void the_oldest_of_all_requesters_come_first() {
    account(1, 9_000, 9_000);
    account(2, 9_000, 9_000);
    Digest third = add(1, 2_000, Duration.ofMinutes(1));
    Digest second = add(2, 2_000, Duration.ofMinutes(2));
    Digest first = add(1, 2_000, Duration.ofMinutes(3));

    assertThat(payable(10)).containsExactly(first, second, third);
    assertThat(payable(2)).containsExactly(first, second);
  }

  @Test
  void what_the_purse_does_not_hold_waits_and_holds_up_nothing_cheaper() {
    account(1, 5_000, 9_000);
    add(1, 6_000, Duration.ofMinutes(4));
    Digest first = add(1, 3_000, Duration.ofMinutes(3));
    Digest second = add(1, 2_000, Duration.ofMinutes(2));
    add(1, 2_000, Duration.ofMinutes(1));

    assertThat(payable(10)).containsExactly(first, second);
  }

  @Test
  void what_a_batch_on_its_way_takes_is_not_there_twice() {
    account(1, 5_000, 5_000);
    Digest waits = add(1, 3_000, Duration.ofMinutes(1));
    batch("CLOSED", 1, 2_000);
    batch("VOID", 1, 4_000);
    batch("SETTLED", 1, 4_000);
    assertThat(payable(10)).containsExactly(waits);

    batch("CLOSED", 1, 1);
    assertThat(payable(10)).isEmpty();
  }

  @Test
  void dust_waits_for_more_or_for_an_hour() {
    account(1, 1_000_000, 1_000_000);
    account(2, 1_000_000, 1_000_000);
    Digest crumb = add(1, 400, Duration.ofMinutes(10));
    assertThat(payable(10)).isEmpty();

    Digest old = add(2, 1, Duration.ofHours(1));
    assertThat(payable(10)).containsExactly(old);

    Digest another = add(1, 600, Duration.ofMinutes(9));
    assertThat(payable(10)).containsExactly(old, crumb, another);
  }

  @Test
  void what_the_purse_does_not_hold_is_charged_to_the_account_that_the_requester_gave_away() {
    account(1, 4_000, 4_000);
    account(2, 1_000_000, 1_000_000);
    account(3, 5_000, 5_000);
    give(3, 1, 2); // account 3, from the first wallet to the second, which keeps its own purse
    Digest held = add(1, 3_000, Duration.ofMinutes(4));
    Digest given = add(1, 4_000, Duration.ofMinutes(3));
    Digest dear = add(1, 6_000, Duration.ofMinutes(2));
    Digest ofSecond = add(2, 1_000, Duration.ofMinutes(1));

    assertThat(payers(10)).isEqualTo(Map.of(held, 1L, ofSecond, 2L));
    jdbc.sql("delete from cleared_job where job = :paid").param("paid", held.toString()).update();
    assertThat(payers(10)).isEqualTo(Map.of(given, 1L, ofSecond, 2L));
    account(1, 3_999);
    assertThat(payers(10)).isEqualTo(Map.of(given, 3L, ofSecond, 2L));
    account(3, 3_999);
    assertThat(payers(10)).isEqualTo(Map.of(ofSecond, 2L));
    account(1, 6_000);
    assertThat(payers(10)).isEqualTo(Map.of(given, 1L, ofSecond, 2L)).doesNotContainKey(dear);
  }

  @Test
  void an_account_that_was_given_away_pays_for_nothing_of_the_new_owners_until_it_is_its_purse() {
    account(2, 5_000, 5_000);
    give(2, 1, 2);
    Digest ofFirst = add(1, 2_000, Duration.ofMinutes(2));
    Digest ofSecond = add(2, 2_000, Duration.ofMinutes(3));
    assertThat(payers(10)).isEqualTo(Map.of(ofFirst, 2L));

    jdbc.sql("delete from given_account").update();
    assertThat(payers(10)).isEqualTo(Map.of(ofSecond, 2L));
  }

  @Test
  void who_gave_several_away_is_charged_for_a_job_once() {
    account(3, 5_000, 5_000);
    account(4, 5_000, 5_000);
    give(3, 1, 2);
    give(4, 1, 2);
    Digest job = add(1, 2_000, Duration.ofMinutes(2));

    assertThat(payable(10)).containsExactly(job);
  }

  @Test
  void who_has_back_what_it_gave_away_pays_from_it_once() {
    account(1, 3_000, 3_000);
    give(1, 1, 1);
    Digest first = add(1, 2_000, Duration.ofMinutes(2));
    add(1, 2_000, Duration.ofMinutes(1));

    assertThat(payers(10)).isEqualTo(Map.of(first, 1L));
  }

  private void give(int account, int from, int to) {
    jdbc.sql("update escrow_account set owner = :to, main = (id = :wallet) where id = :account")
        .param("to", wallet(to).hex())
        .param("wallet", to)
        .param("account", account)
        .update();
    jdbc.sql("insert into given_account (account, owner, until) values (:account, :from, now())")
        .param("account", account)
        .param("from", wallet(from).hex())
        .update();
  }

  private Map<Digest, Long> payers(int most) {
    return jobs.payable(most, DUST, DUST_UNTIL).stream()
        .collect(Collectors.toMap(one -> one.job().job(), one -> one.payer().number()));
  }

  private List<Digest> payable(int most) {
    return jobs.payable(most, DUST, DUST_UNTIL).stream().map(one -> one.job().job()).toList();
  }

  private static WalletAddress wallet(int number) {
    return new WalletAddress("0x%040x".formatted(number));
  }

  private void account(int number, long balance, long authorized) {
    jdbc.sql(
            """
            insert into escrow_account (id, owner, main, balance, authorized, changed_in)
            values (:id, :owner, true, :balance, :authorized, 1)\
            """)
        .param("id", number)
        .param("owner", wallet(number).hex())
        .param("balance", balance)
        .param("authorized", authorized)
        .update();
  }

  private void account(int number, long balance) {
    jdbc.sql("update escrow_account set balance = :balance, authorized = :balance where id = :id")
        .param("balance", balance)
        .param("id", number)
        .update();
  }

  private Digest add(int requester, long price, Duration age) {
    Digest id = digest();
    TokenAmount amount = TokenAmount.of(price);
    jobs.add(
        new ClearedJob(id, 1, wallet(requester), WORKER, amount, amount, id, "", NOON.minus(age)),
        1,
        false);
    return id;
  }

  private void batch(String state, int account, long amount) {
    jdbc.sql(
            """
            with made as (
              insert into batch (parent, head, root, jobs, taken, given, state, closed_at)
              values (:parent, :head, '', 1, 1, 1, :state, now()) returning seq)
            insert into batch_entry (batch, side, account, amount)
            select seq, 'DEBIT', :account, :amount from made\
            """)
        .param("parent", digest().toString())
        .param("head", digest().toString())
        .param("state", state)
        .param("account", account)
        .param("amount", amount)
        .update();
  }

  private Digest digest() {
    return Digest.keccak256(("made " + made++).getBytes(StandardCharsets.UTF_8));
  }
}
