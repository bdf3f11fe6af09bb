package dev.assay.marketplace.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.assay.marketplace.MarketModuleTest;
import dev.assay.protocol.Digest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionOperations;

@MarketModuleTest
class OneTripModuleTests {
  private static final String REQUESTER = "0x%040x".formatted(0x36000);

  private final JdbcClient jdbc;
  private final TransactionOperations transaction;

  OneTripModuleTests(@Autowired JdbcClient jdbc, @Autowired TransactionOperations transaction) {
    this.jdbc = jdbc;
    this.transaction = transaction;
  }

  @Test
  void each_statement_has_its_own_parameters_and_sees_what_those_before_it_wrote() {
    transaction.executeWithoutResult(_ -> {
      var trip = new OneTrip();
      add(trip, "first", 1);
      trip.add(
          jdbc,
          "update request_name set times = times + :times where requester = any(:whose)",
          Map.of("times", 10, "whose", new String[] {REQUESTER}));
      assertThat(times()).isEmpty();
      trip.send();
      assertThat(times()).containsExactly(11);
    });
  }

  @Test
  void one_that_fails_fails_the_transaction_of_all() {
    assertThatThrownBy(() ->
            transaction.executeWithoutResult(_ -> {
              var trip = new OneTrip();
              add(trip, "first", 1);
              add(trip, "second", 1);
              add(trip, "first", 1);
              trip.send();
            }))
        .isInstanceOf(DuplicateKeyException.class);
    assertThat(times()).isEmpty();
  }

  @Test
  void without_anything_to_write_nothing_is_sent() {
    assertThatCode(new OneTrip()::send).doesNotThrowAnyException();
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
        jdbc,
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

  private List<Integer> times() {
    return jdbc.sql("select times from request_name where requester = :requester")
        .param("requester", REQUESTER)
        .query((row, _) -> row.getInt("times"))
        .list();
  }
}
