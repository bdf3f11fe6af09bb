package dev.assay.marketplace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.assay.protocol.wire.Lease;
import dev.assay.protocol.wire.ResultAnswers.Outcome;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.jdbc.core.simple.JdbcClient;

/** What happened to a job is written once, belongs to it, and stays; the database sees to that. */
@MarketModuleTest
class FactsModuleTests {
  private static final String JOB =
      """
      {"model":"all-minilm-l6-v2","input":{"kind":"embeddings","texts":["a fact"]},"maxPrice":"1000"}\
      """;

  private static final UUID NO_JOB = new UUID(0x35, 1);

  private final TestMarket market;
  private final JdbcClient jdbc;

  FactsModuleTests(@Autowired TestMarket market, @Autowired JdbcClient jdbc) {
    this.market = market;
    this.jdbc = jdbc;
  }

  @BeforeEach
  void the_market_opens() {
    market.opens();
  }

  @AfterEach
  void the_market_closes() {
    market.closes();
  }

  /** Whichever job it is that the worker was given. */
  private UUID answered() {
    TestWorker worker = market.worker().offers(20_000);
    market.requester(1_000_000).posts(JOB);
    Lease lease = worker.leases();
    assertThat(worker.sends(worker.result(lease)).outcome()).isEqualTo(Outcome.ACCEPTED);
    return jdbc.sql("select id from job where signed_id = :signed")
        .param("signed", lease.assignment().jobId().toBytes())
        .query(UUID.class)
        .single();
  }

  @ParameterizedTest
  @CsvSource({
    "job, id, max_price = max_price + 1",
    "assignment, job, worker = '0x0000000000000000000000000000000000035001'",
    "assignment_end, job, reason = 'lapsed'",
    "attestation, job, price = price + 1",
    "job_end, job, price = price + 1"
  })
  void what_happened_is_neither_changed_nor_deleted(String table, String job, String change) {
    UUID id = answered();

    assertThatThrownBy(() ->
            jdbc.sql("update %s set %s where %s = :job".formatted(table, change, job))
                .param("job", id)
                .update())
        .isInstanceOf(DataAccessException.class)
        .hasMessageContaining("is never changed");
    assertThatThrownBy(() ->
            jdbc.sql("delete from %s where %s = :job".formatted(table, job))
                .param("job", id)
                .update())
        .isInstanceOf(DataAccessException.class)
        .hasMessageContaining("is never changed");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "insert into open_job (job, deadline, requester)"
            + " values (:other, now(), '0x0000000000000000000000000000000000035002')",
        "insert into job_end (job, outcome, because, at) values (:other, 'expired', '', now())",
        "insert into assignment_end (job, attempt, reason, because, at)"
            + " values (:other, 1, 'lapsed', '', now())",
        "insert into assignment_end (job, attempt, reason, because, at)"
            + " values (:job, 7, 'lapsed', '', now())",
        "insert into assignment select (jsonb_populate_record(a, jsonb_build_object('job',"
            + " :other))).* from assignment a where job = :job",
        "insert into attestation select (jsonb_populate_record(t, jsonb_build_object('attempt', 7,"
            + " 'digest', '\\x' || repeat('ab', 32)))).* from attestation t where job = :job"
      })
  void what_happened_belongs_to_a_job_that_is_there(String insert) {
    UUID id = answered();

    assertThatThrownBy(() -> jdbc.sql(insert).param("job", id).param("other", NO_JOB).update())
        .isInstanceOf(DataIntegrityViolationException.class)
        .hasMessageContaining("which there is not");
  }

  @Test
  void one_orphan_among_many_is_found() {
    UUID id = answered();
    String ends =
        """
        insert into assignment_end (job, attempt, reason, because, at)
        select job, attempt, 'lapsed', '', now() from assignment
        union all select :job, 7, 'lapsed', '', now()
        on conflict do nothing
        """;

    assertThatThrownBy(() -> jdbc.sql(ends).param("job", id).update())
        .isInstanceOf(DataIntegrityViolationException.class)
        .hasMessageContaining("attempt 7");
  }
}
