package dev.assay.quickstart.bench;

import dev.assay.quickstart.stack.DatabaseLogin;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * What a PostgreSQL has done so far, by its own count, which is a second behind. Unlike time it is
 * the same however busy the machine is.
 *
 * @param transactions committed
 * @param rows inserted, updated and deleted
 * @param walRecords changes of rows and of index entries, locks of rows and commits
 * @param walBytes written ahead, with whole pages after checkpoints
 */
public record DatabaseWork(long transactions, long rows, long walRecords, long walBytes) {
  public static DatabaseWork of(DatabaseLogin login) throws SQLException {
    try (Connection connection = login.connect();
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                """
                select (select xact_commit from pg_stat_database where datname = current_database()),
                       (select sum(n_tup_ins + n_tup_upd + n_tup_del) from pg_stat_user_tables),
                       wal_records, wal_bytes
                from pg_stat_wal
                """)) {
      row.next();
      return new DatabaseWork(row.getLong(1), row.getLong(2), row.getLong(3), row.getLong(4));
    }
  }

  public DatabaseWork since(DatabaseWork before) {
    return new DatabaseWork(
        transactions - before.transactions,
        rows - before.rows,
        walRecords - before.walRecords,
        walBytes - before.walBytes);
  }
}
