package dev.assay.marketplace.platform;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.ArgumentPreparedStatementSetter;
import org.springframework.jdbc.core.JdbcOperations;
import org.springframework.jdbc.core.PreparedStatementCallback;
import org.springframework.jdbc.core.RowMapper;
import org.springframework.jdbc.core.namedparam.MapSqlParameterSource;
import org.springframework.jdbc.core.namedparam.NamedParameterUtils;
import org.springframework.jdbc.core.namedparam.ParsedSql;
import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Statements of a transaction none of which needs the answer of another: PostgreSQL is sent all of
 * them together, in their order, and answers once. Each is a statement of its own, with its own
 * triggers; if one fails, the transaction has failed.
 *
 * <p>Sent, it is empty, and may take the statements that need those answers.
 */
public final class OneTrip {
  private static final String COMMIT = "commit";

  /** Each text is written down in a repository once. */
  private static final Map<String, ParsedSql> PARSED = new ConcurrentHashMap<>();

  private final JdbcOperations jdbc;
  private final List<String> statements = new ArrayList<>();
  private final List<Object> values = new ArrayList<>();
  private final List<@Nullable Answer<?>> answers = new ArrayList<>();

  public OneTrip(JdbcOperations jdbc) {
    this.jdbc = jdbc;
  }

  /** The rows that a statement answered with. */
  public static final class Answer<R> {
    private final RowMapper<R> read;
    private @Nullable List<R> rows;

    private Answer(RowMapper<R> read) {
      this.read = read;
    }

    /**
     * @throws IllegalStateException if the trip has not been made
     */
    public List<R> rows() {
      if (rows == null) {
        throw new IllegalStateException("It has not been asked yet");
      }
      return rows;
    }

    private void take(ResultSet result) throws SQLException {
      List<R> read = new ArrayList<>();
      while (result.next()) {
        read.add(this.read.mapRow(result, read.size()));
      }
      rows = List.copyOf(read);
    }
  }

  /**
   * @param sql one statement that answers nothing, without a semicolon; always the same text, since
   *     it is parsed once
   * @param parameters by the names that it has in {@code sql}; none is null
   */
  public void add(String sql, Map<String, ?> parameters) {
    add(sql, parameters, null);
  }

  /** As {@link #add}, of one that answers rows. */
  public <R> Answer<R> ask(String sql, Map<String, ?> parameters, RowMapper<R> read) {
    var answer = new Answer<>(read);
    add(sql, parameters, answer);
    return answer;
  }

  private void add(String sql, Map<String, ?> parameters, @Nullable Answer<?> answer) {
    ParsedSql parsed = PARSED.computeIfAbsent(sql, NamedParameterUtils::parseSqlStatement);
    var source = new MapSqlParameterSource(parameters);
    statements.add(NamedParameterUtils.substituteNamedParameters(parsed, source));
    values.addAll(List.of(NamedParameterUtils.buildValueArray(parsed, source, null)));
    answers.add(answer);
  }

  /**
   * @throws IllegalTransactionStateException outside of a transaction
   */
  public void send() {
    if (!statements.isEmpty()) {
      if (!TransactionSynchronizationManager.isActualTransactionActive()) {
        throw new IllegalTransactionStateException("What belongs together needs a transaction");
      }
      jdbc.execute(
          String.join(";\n", statements), (PreparedStatementCallback<@Nullable Void>) this::run);
      statements.clear();
      values.clear();
      answers.clear();
    }
  }

  /** The last, and that it is the last: the transaction's commit goes with it. */
  void sendAndCommit() {
    if (!statements.isEmpty()) {
      add(COMMIT, Map.of());
      send();
    }
  }

  private @Nullable Void run(PreparedStatement statement) throws SQLException {
    new ArgumentPreparedStatementSetter(values.toArray()).setValues(statement);
    boolean hasRows = statement.execute();
    for (Answer<?> answer : answers) {
      if (hasRows != (answer != null)) {
        throw new IllegalStateException("A statement answers rows that nobody asked for, or none");
      }
      if (answer != null) {
        try (ResultSet rows = statement.getResultSet()) {
          answer.take(rows);
        }
      }
      hasRows = statement.getMoreResults();
    }
    return null;
  }
}
