package dev.assay.settlement.platform;

import dev.assay.protocol.TokenAmount;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads columns as our types. Amounts travel as text, so that none is ever a fraction. */
public final class Rows {
  private Rows() {}

  public static TokenAmount amount(ResultSet row, String column) throws SQLException {
    return TokenAmount.parse(row.getString(column));
  }

  public static Instant instant(ResultSet row, String column) throws SQLException {
    return row.getTimestamp(column).toInstant();
  }

  public static Optional<Instant> maybeInstant(ResultSet row, String column) throws SQLException {
    @Nullable Timestamp time = row.getTimestamp(column);
    return Optional.ofNullable(time).map(Timestamp::toInstant);
  }

  public static Optional<String> maybeText(ResultSet row, String column) throws SQLException {
    return Optional.ofNullable(row.getString(column));
  }
}
