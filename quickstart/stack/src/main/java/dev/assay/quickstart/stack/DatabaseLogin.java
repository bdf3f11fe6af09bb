package dev.assay.quickstart.stack;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Properties;

/** Everything a driver needs. */
public record DatabaseLogin(String jdbcUrl, String username, String password) {
  private static final String LOGIN_SECONDS = "3"; // a stranger on the port may never answer

  public Connection connect() throws SQLException {
    var properties = new Properties();
    properties.setProperty("user", username);
    properties.setProperty("password", password);
    properties.setProperty("loginTimeout", LOGIN_SECONDS);
    return DriverManager.getConnection(jdbcUrl, properties);
  }

  @Override
  public String toString() {
    return username + " at " + jdbcUrl;
  }
}
