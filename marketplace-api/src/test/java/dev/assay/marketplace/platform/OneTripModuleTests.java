package dev.assay.marketplace.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.assay.marketplace.MarketModuleTest;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionOperations;

@MarketModuleTest
class OneTripModuleTests {
  private final JdbcClient jdbc;
  private final TransactionOperations transaction;

  OneTripModuleTests(@Autowired JdbcClient jdbc, @Autowired TransactionOperations transaction) {
    this.jdbc = jdbc;
    this.transaction = transaction;
  }

  @Test
  void each_statement_has_its_own_parameters_and_sees_what_those_before_it_wrote() {
    List<String> written =
        transaction.execute(_ -> {
          table();
          var trip = new OneTrip();
          trip.add(jdbc, "insert into trip select :n, :text", Map.of("n", 1, "text", "one"));
          trip.add(
              jdbc,
              "insert into trip select n + :n, said from trip, unnest(:text::text[]) as s (said)",
              Map.of("n", 10, "text", new String[] {"two"}));
          assertThat(all()).isEmpty();
          trip.send();
          return all();
        });

    assertThat(written).containsExactly("1 one", "11 two");
  }

  @Test
  void one_that_fails_fails_the_transaction_of_all() {
    assertThatThrownBy(() ->
            transaction.executeWithoutResult(_ -> {
              jdbc.sql("create temporary table trip_kept (n int primary key)").update();
              var trip = new OneTrip();
              trip.add(jdbc, "insert into trip_kept select :n", Map.of("n", 1));
              trip.add(jdbc, "insert into trip_kept select :n", Map.of("n", 1));
              trip.send();
            }))
        .isInstanceOf(DuplicateKeyException.class);
    assertThat(
            jdbc.sql("select count(*) from pg_class where relname = 'trip_kept'")
                .query(Long.class)
                .single())
        .isZero();
  }

  @Test
  void without_anything_to_write_nothing_is_sent() {
    assertThatCode(new OneTrip()::send).doesNotThrowAnyException();
  }

  private void table() {
    jdbc.sql("create temporary table trip (n int, said text) on commit drop").update();
  }

  private List<String> all() {
    return jdbc.sql("select n || ' ' || said as line from trip order by n")
        .query((row, _) -> row.getString("line"))
        .list();
  }
}
