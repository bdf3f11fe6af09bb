package dev.assay.quickstart.stack;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** Gives a database its two roles and schemas; does nothing where they are there already. */
public final class Databases {
  private Databases() {}

  public static void provide(PostgresAddress postgres, String database) throws SQLException {
    try (Connection server = postgres.superuserLogin("postgres").connect()) {
      for (DatabaseRole role : DatabaseRole.values()) {
        provideRole(server, role, postgres.password(role));
      }
      if (!exists(server, "SELECT 1 FROM pg_database WHERE datname = ?", database)) {
        execute(server, "CREATE DATABASE " + database);
      }
    }
    try (Connection inside = postgres.superuserLogin(database).connect()) {
      for (DatabaseRole role : DatabaseRole.values()) {
        execute(
            inside, "CREATE SCHEMA IF NOT EXISTS %1$s AUTHORIZATION %1$s".formatted(role.label()));
      }
      execute(inside, "REVOKE ALL ON SCHEMA public FROM PUBLIC");
      execute(inside, "REVOKE ALL ON DATABASE " + database + " FROM PUBLIC");
      for (DatabaseRole role : DatabaseRole.values()) {
        execute(inside, "GRANT CONNECT ON DATABASE " + database + " TO " + role.label());
      }
    }
  }

  private static void provideRole(Connection server, DatabaseRole role, String password)
      throws SQLException {
    if (exists(server, "SELECT 1 FROM pg_roles WHERE rolname = ?", role.label())) {
      return;
    }
    // CREATE ROLE takes no parameters, so the server quotes the password for us.
    try (PreparedStatement quote =
        server.prepareStatement(
            "SELECT format('CREATE ROLE %I LOGIN PASSWORD %L', ?::text, ?::text)")) {
      quote.setString(1, role.label());
      quote.setString(2, password);
      try (ResultSet quoted = quote.executeQuery()) {
        quoted.next();
        execute(server, quoted.getString(1));
      }
    }
    execute(server, "ALTER ROLE %1$s SET search_path = %1$s".formatted(role.label()));
  }

  private static boolean exists(Connection server, String query, String name) throws SQLException {
    try (PreparedStatement statement = server.prepareStatement(query)) {
      statement.setString(1, name);
      try (ResultSet found = statement.executeQuery()) {
        return found.next();
      }
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
