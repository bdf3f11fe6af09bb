package dev.assay.quickstart.stack;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;

/** Everything a driver needs. */
public record DatabaseLogin(String jdbcUrl, String username, String password) {
  public Connection connect() throws SQLException {
    return DriverManager.getConnection(jdbcUrl, username, password);
  }

  @Override
  public String toString() {
    return username + " at " + jdbcUrl;
  }
}
