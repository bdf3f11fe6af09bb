package dev.assay.marketplace.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.assay.marketplace.MarketModuleTest;
import dev.assay.marketplace.platform.OneTrip.Answer;
import dev.assay.protocol.Digest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.JdbcOperations;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.transaction.support.TransactionOperations;

@MarketModuleTest
class OneTripModuleTests {
  private static final String REQUESTER = "0x%040x".formatted(0x36000);

  private final JdbcClient jdbc;
  private final JdbcOperations operations;
  private final Transactions transactions;
  private final TransactionOperations transaction;

  OneTripModuleTests(
      @Autowired JdbcClient jdbc,
      @Autowired JdbcOperations operations,
      @Autowired Transactions transactions,
      @Autowired TransactionOperations transaction) {
    this.jdbc = jdbc;
    this.operations = operations;
    this.transactions = transactions;
    this.transaction = transaction;
  }

  @Test
  void each_statement_has_its_own_parameters_and_sees_what_those_before_it_wrote() {
    transaction.executeWithoutResult(_ -> {
      var trip = new OneTrip(operations);
      add(trip, "first", 1);
      trip.add(
          "update request_name set times = times + :times where requester = any(:whose)",
          Map.of("times", 10, "whose", new String[] {REQUESTER}));
      assertThat(times()).isEmpty();
      trip.send();
      assertThat(times()).containsExactly(11);
    });
  }

  @Test
  void what_is_asked_is_answered_to_whoever_asked_it() {
    transaction.executeWithoutResult(_ -> {
      var trip = new OneTrip(operations);
      Answer<Integer> before = askTimes(trip);
      add(trip, "first", 1);
      Answer<Integer> between = askTimes(trip);
      add(trip, "second", 2);
      Answer<Integer> after = askTimes(trip);
      assertThatThrownBy(after::rows).isInstanceOf(IllegalStateException.class);

      trip.send();

      assertThat(before.rows()).isEmpty();
      assertThat(between.rows()).containsExactly(1);
      assertThat(after.rows()).containsExactly(1, 2);
    });
  }

  @Test
  void the_same_trip_takes_what_needs_the_answers() {
    transaction.executeWithoutResult(_ -> {
      var trip = new OneTrip(operations);
      add(trip, "first", 1);
      trip.send();
      add(trip, "second", 2);
      trip.send();
      assertThat(times()).containsExactly(1, 2);
    });
  }

  @Test
  void one_that_fails_fails_the_transaction_of_all() {
    assertThatThrownBy(() ->
            transactions.commit(trip -> {
              add(trip, "first", 1);
              add(trip, "second", 1);
              add(trip, "first", 1);
              return () -> true;
            }))
        .isInstanceOf(DuplicateKeyException.class);
    assertThat(times()).isEmpty();
  }

  @Test
  void the_last_is_committed_when_its_answers_are_used() {
    List<Integer> seen =
        transactions.commit(trip -> {
          add(trip, "first", 1);
          Answer<Integer> times = askTimes(trip);
          return () -> {
            assertThat(times()).as("by another connection").containsExactly(1);
            return times.rows();
          };
        });
    assertThat(seen).containsExactly(1);
  }

  @Test
  void within_the_callers_transaction_nothing_is_committed() {
    transaction.executeWithoutResult(status -> {
      transactions.commit(trip -> {
        add(trip, "first", 1);
        return () -> true;
      });
      assertThat(times()).containsExactly(1);
      status.setRollbackOnly();
    });
    assertThat(times()).isEmpty();
  }

  @Test
  void what_is_written_before_the_last_trip_is_undone_with_it() {
    assertThatThrownBy(() ->
            transactions.commit(trip -> {
              add(trip, "first", 1);
              trip.send();
              throw new IllegalArgumentException();
            }))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(times()).isEmpty();
  }

  @Test
  void outside_of_a_transaction_it_is_refused() {
    var trip = new OneTrip(operations);
    add(trip, "first", 1);
    assertThatThrownBy(trip::send).isInstanceOf(IllegalTransactionStateException.class);
    assertThat(times()).isEmpty();
  }

  @Test
  void without_anything_to_write_nothing_is_sent() {
    assertThatCode(new OneTrip(operations)::send).doesNotThrowAnyException();
  }

  @AfterEach
  void forget() {
    jdbc.sql("delete from request_name where requester = :requester")
        .param("requester", REQUESTER)
        .update();
  }

  /** Into a table that has no other meaning here than that of having rows. */
  private void add(OneTrip trip, String name, int times) {
    trip.add(
        """
        insert into request_name (requester, name, stands_for, is_ahead, is_let_go, times, named_at)
        values (:requester, :name, :standsFor, false, false, :times, now())
        """,
        Map.of(
            "requester",
            REQUESTER,
            "name",
            Digest.keccak256(name.getBytes(StandardCharsets.UTF_8)).toBytes(),
            "standsFor",
            new UUID(0, 1),
            "times",
            times));
  }

  private static Answer<Integer> askTimes(OneTrip trip) {
    return trip.ask(
        "select times from request_name where requester = :requester order by times",
        Map.of("requester", REQUESTER),
        (row, _) -> row.getInt("times"));
  }

  private List<Integer> times() {
    return jdbc.sql("select times from request_name where requester = :requester order by times")
        .param("requester", REQUESTER)
        .query((row, _) -> row.getInt("times"))
        .list();
  }
}
