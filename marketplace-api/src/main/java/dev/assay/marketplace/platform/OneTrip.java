package dev.assay.marketplace.platform;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.namedparam.MapSqlParameterSource;
import org.springframework.jdbc.core.namedparam.NamedParameterUtils;
import org.springframework.jdbc.core.namedparam.ParsedSql;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * The last writes of a transaction, none of which needs the answer of another: PostgreSQL is sent
 * all of them together, in their order, and answers once. Each is a statement of its own, with its
 * own triggers; if one fails, the transaction has failed.
 */
public final class OneTrip {
  private final List<String> statements = new ArrayList<>();
  private final List<Object> values = new ArrayList<>();
  private @Nullable JdbcClient client;

  /**
   * @param jdbc of the database that all of them are for
   * @param sql one statement, without a semicolon
   * @param parameters by the names that it has in {@code sql}; none is null
   */
  public void add(JdbcClient jdbc, String sql, Map<String, ?> parameters) {
    client = jdbc;
    var source = new MapSqlParameterSource(parameters);
    ParsedSql parsed = NamedParameterUtils.parseSqlStatement(sql);
    statements.add(NamedParameterUtils.substituteNamedParameters(parsed, source));
    values.addAll(List.of(NamedParameterUtils.buildValueArray(parsed, source, null)));
  }

  /** Once, at the end, within the transaction. */
  public void send() {
    if (client != null) {
      client.sql(String.join(";\n", statements)).params(values).update();
    }
  }
}
