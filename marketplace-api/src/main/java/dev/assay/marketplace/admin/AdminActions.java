package dev.assay.marketplace.admin;

import dev.assay.marketplace.audit.OperatorLog;
import dev.assay.protocol.Digest;
import dev.assay.protocol.admin.LogHead;
import dev.assay.protocol.admin.LoggedAction;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * The log of operators, a table to which rows are only added. The database gives each its place in
 * the chain; what changes something else as well is logged by the transaction that does.
 */
@Component
class AdminActions implements OperatorLog {
  private final JdbcClient jdbc;

  AdminActions(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /**
   * @param outcome the code of the problem by which it was refused
   */
  void appendRefused(String who, String operation, String outcome, String request) {
    jdbc.sql(
            """
            insert into admin_action (who, action, outcome, request)
            values (:who, :action, :outcome, :request)\
            """)
        .param("who", who)
        .param("action", operation)
        .param("outcome", outcome)
        .param("request", request)
        .update();
  }

  /** What changed nothing but is to be known. */
  void appendDone(String who, String action, String subject, String request) {
    jdbc.sql(
            """
            insert into admin_action (who, action, subject, outcome, request)
            values (:who, :action, :subject, 'done', :request)\
            """)
        .param("who", who)
        .param("action", action)
        .param("subject", subject)
        .param("request", request)
        .update();
  }

  /**
   * The newest first.
   *
   * @param below only rows with a smaller number
   * @param who only of this operator; null for all
   * @param outcome only with this outcome; null for all
   */
  List<LoggedAction> newest(long below, @Nullable String who, @Nullable String outcome, int limit) {
    var statement =
        jdbc.sql(
                "select * from admin_action where number < :below"
                    + (who == null ? "" : " and who = :who")
                    + (outcome == null ? "" : " and outcome = :outcome")
                    + " order by number desc limit :limit")
            .param("below", below)
            .param("limit", limit);
    if (who != null) {
      statement.param("who", who);
    }
    if (outcome != null) {
      statement.param("outcome", outcome);
    }
    return statement.query(AdminActions::read).list();
  }

  /** In their order, those that come after a number. */
  List<LoggedAction> after(long number, int limit) {
    return jdbc.sql(
            "select * from admin_action where number > :number order by number limit :limit")
        .param("number", number)
        .param("limit", limit)
        .query(AdminActions::read)
        .list();
  }

  @Override
  public LogHead head() {
    return newest(Long.MAX_VALUE, null, null, 1).stream()
        .findFirst()
        .map(LoggedAction::head)
        .orElse(LogHead.EMPTY);
  }

  private static LoggedAction read(ResultSet row, int index) throws SQLException {
    return new LoggedAction(
        row.getLong("number"),
        row.getTimestamp("at").toInstant(),
        row.getString("who"),
        row.getString("action"),
        row.getString("subject"),
        row.getString("why"),
        row.getString("outcome"),
        row.getString("before"),
        row.getString("after"),
        row.getString("request"),
        Digest.of(row.getBytes("previous")),
        Digest.of(row.getBytes("hash")));
  }
}
