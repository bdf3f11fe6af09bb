package dev.assay.quickstart.bench;

import dev.assay.protocol.TokenAmount;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;

/** What a market's database says of the checks of its workers' results. */
public final class AuditFigures {
  private static final String OF_REQUESTERS = " from attestation t where t.requester <> ? ";

  private AuditFigures() {}

  /**
   * Of one worker's results for requesters; what it did as a verifier is not among them.
   *
   * @param results that count
   * @param checked whose check is over
   * @param audited that were drawn and executed again
   * @param flagged of them, of which a first verifier found otherwise
   * @param invalid by the signed verdict of a committee
   * @param upheld by a committee
   * @param unchecked that could not be decided, and were paid
   * @param cases at the Court against the worker
   */
  public record OfWorker(
      long results,
      long checked,
      long audited,
      long flagged,
      long invalid,
      long upheld,
      long unchecked,
      long cases) {
    public static final OfWorker NOTHING = new OfWorker(0, 0, 0, 0, 0, 0, 0, 0);

    public OfWorker plus(OfWorker other) {
      return new OfWorker(
          results + other.results,
          checked + other.checked,
          audited + other.audited,
          flagged + other.flagged,
          invalid + other.invalid,
          upheld + other.upheld,
          unchecked + other.unchecked,
          cases + other.cases);
    }
  }

  /**
   * By the wallet that is paid.
   *
   * @param purse the wallet that buys audits
   */
  public static Map<String, OfWorker> byWorker(Connection connection, String purse)
      throws SQLException {
    Map<String, OfWorker> figures = new LinkedHashMap<>();
    String query =
        """
        select t.worker, count(*) as results, count(e.job) as checked,
          count(*) filter (where e.reason in ('passed', 'upheld', 'invalid') or f.audit is not null) as audited,
          count(f.audit) as flagged,
          count(*) filter (where e.reason = 'invalid') as invalid,
          count(*) filter (where e.reason = 'upheld') as upheld,
          count(*) filter (where e.reason = 'unchecked') as unchecked,
          (select count(*) from court_case c where c.accused = t.worker) as cases
        from attestation t
        left join check_end e on e.job = t.job
        left join (select distinct audit from audit_seat where round < 128) f on f.audit = t.job
        where t.requester <> ?
        group by t.worker
        """;
    try (var statement = prepared(connection, query, purse);
        var rows = statement.executeQuery()) {
      while (rows.next()) {
        figures.put(
            rows.getString("worker"),
            new OfWorker(
                rows.getLong("results"),
                rows.getLong("checked"),
                rows.getLong("audited"),
                rows.getLong("flagged"),
                rows.getLong("invalid"),
                rows.getLong("upheld"),
                rows.getLong("unchecked"),
                rows.getLong("cases")));
      }
    }
    return figures;
  }

  /**
   * What the Court has against one worker, as far as the market has heard.
   *
   * @param cases opened
   * @param closed of them
   * @param taken of the bond, in atomic units
   */
  public record Cases(long cases, long closed, TokenAmount taken) {
    public static final Cases NONE = new Cases(0, 0, TokenAmount.ZERO);
  }

  /** By the accused. */
  public static Map<String, Cases> casesByWorker(Connection connection) throws SQLException {
    connection.setSchema("marketplace");
    Map<String, Cases> cases = new LinkedHashMap<>();
    String query =
        """
        select accused, count(*) as cases, count(*) filter (where state = 'CLOSED') as closed, sum(taken) as taken
        from court_case group by accused
        """;
    try (var statement = connection.createStatement();
        var rows = statement.executeQuery(query)) {
      while (rows.next()) {
        cases.put(
            rows.getString("accused"),
            new Cases(
                rows.getLong("cases"),
                rows.getLong("closed"),
                TokenAmount.parse(rows.getString("taken"))));
      }
    }
    return cases;
  }

  /**
   * What a requester has back for results that were found invalid.
   *
   * @param jobs whose price it has back
   * @param refunded their prices
   * @param awarded by the Court on top
   */
  public record MadeWhole(long jobs, TokenAmount refunded, TokenAmount awarded) {
    public static final MadeWhole NOTHING = new MadeWhole(0, TokenAmount.ZERO, TokenAmount.ZERO);
  }

  /** By the harmed requester. */
  public static Map<String, MadeWhole> madeWhole(Connection connection) throws SQLException {
    connection.setSchema("marketplace");
    Map<String, MadeWhole> harmed = new LinkedHashMap<>();
    String query =
        """
        select j.requester, count(*) as jobs, sum(e.price) as refunded,
          coalesce((select sum(compensation) from court_case c where c.harmed = j.requester), 0) as awarded
        from check_end c join job_end e on e.job = c.job join job j on j.id = c.job
        where c.reason = 'invalid' group by j.requester
        """;
    try (var statement = connection.createStatement();
        var rows = statement.executeQuery(query)) {
      while (rows.next()) {
        harmed.put(
            rows.getString("requester"),
            new MadeWhole(
                rows.getLong("jobs"),
                TokenAmount.parse(rows.getString("refunded")),
                TokenAmount.parse(rows.getString("awarded"))));
      }
    }
    return harmed;
  }

  /** Executions for checks, by the verifier. */
  public static Map<String, Long> checksByWorker(Connection connection, String purse)
      throws SQLException {
    Map<String, Long> checks = new LinkedHashMap<>();
    String query =
        "select worker, count(*) as checks from attestation where requester = ? group by worker";
    try (var statement = prepared(connection, query, purse);
        var rows = statement.executeQuery()) {
      while (rows.next()) {
        checks.put(rows.getString("worker"), rows.getLong("checks"));
      }
    }
    return checks;
  }

  /** Results for requesters that are to be paid and are not yet, on the chain. */
  public static long unpaid(Connection connection, String purse) throws SQLException {
    return count(
        connection,
        "select count(*)"
            + OF_REQUESTERS
            + "and not exists (select from check_end e where e.job = t.job and e.reason ="
            + " 'invalid') and not exists (select from settled_job s where s.job = t.job)",
        purse);
  }

  /** What has been paid on the chain. */
  public static TokenAmount paid(Connection connection) throws SQLException {
    connection.setSchema("marketplace");
    try (var statement = connection.createStatement();
        var rows =
            statement.executeQuery("select coalesce(sum(price), 0)::text from settled_job")) {
      rows.next();
      return TokenAmount.parse(rows.getString(1));
    }
  }

  /** Results for requesters whose check is not over. */
  public static long unfinished(Connection connection, String purse) throws SQLException {
    return count(
        connection,
        "select count(*)"
            + OF_REQUESTERS
            + "and not exists (select from check_end e where e.job = t.job)",
        purse);
  }

  /** Results for requesters. */
  public static long results(Connection connection, String purse) throws SQLException {
    return count(connection, "select count(*)" + OF_REQUESTERS, purse);
  }

  /** Executions that the market has bought to check others. */
  public static long audits(Connection connection, String purse) throws SQLException {
    return count(connection, "select count(*) from attestation where requester = ?", purse);
  }

  private static long count(Connection connection, String query, String purse) throws SQLException {
    try (var statement = prepared(connection, query, purse);
        var rows = statement.executeQuery()) {
      rows.next();
      return rows.getLong(1);
    }
  }

  private static java.sql.PreparedStatement prepared(
      Connection connection, String query, String purse) throws SQLException {
    connection.setSchema("marketplace");
    var statement = connection.prepareStatement(query);
    statement.setString(1, purse);
    return statement;
  }

  /** Gives every worker that has passed an audit a long record, as if it had worked for months. */
  public static void age(Connection connection, long passes) throws SQLException {
    connection.setSchema("marketplace");
    try (var statement =
        connection.prepareStatement(
            "update standing set passes = passes + ?, audits = audits + ? where passes > 0 and"
                + " failures = 0")) {
      statement.setLong(1, passes);
      statement.setLong(2, passes);
      statement.executeUpdate();
    }
  }
}
