package dev.assay.marketplace.admin;

import dev.assay.protocol.Digest;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Columns of views in which there may be nothing. */
final class Columns {
  private Columns() {}

  static @Nullable Instant time(ResultSet row, String column) throws SQLException {
    Timestamp time = row.getTimestamp(column);
    return time == null ? null : time.toInstant();
  }

  static @Nullable Digest digest(ResultSet row, String column) throws SQLException {
    byte[] bytes = row.getBytes(column);
    return bytes == null ? null : Digest.of(bytes);
  }
}
