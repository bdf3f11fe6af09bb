package dev.assay.quickstart.stack;

import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** Where a PostgreSQL server listens and who may log in to it. */
public record PostgresAddress(
    String host,
    int port,
    String superuser,
    String superuserPassword,
    Map<DatabaseRole, String> passwords) {
  /** The database of a home. */
  public static final String DATABASE = "assay";

  private static final AtomicInteger NEXT_DATABASE = new AtomicInteger(1);

  public PostgresAddress {
    passwords = Map.copyOf(passwords);
  }

  public String jdbcUrl() {
    return jdbcUrl(DATABASE);
  }

  public String jdbcUrl(String database) {
    return "jdbc:postgresql://%s:%d/%s".formatted(host, port, database);
  }

  public DatabaseLogin login(DatabaseRole role) {
    return login(role, DATABASE);
  }

  public DatabaseLogin login(DatabaseRole role, String database) {
    return new DatabaseLogin(jdbcUrl(database), role.label(), password(role));
  }

  /** For the person who administers the server, and for our own preparations. */
  public DatabaseLogin superuserLogin(String database) {
    return new DatabaseLogin(jdbcUrl(database), superuser, superuserPassword);
  }

  /** A fresh database for a test, with the roles and schemas of the real one; its name. */
  public String newDatabase() {
    String name = "test_" + NEXT_DATABASE.getAndIncrement();
    try {
      Databases.provide(this, name);
      return name;
    } catch (SQLException e) {
      throw new IllegalStateException("creating database " + name, e);
    }
  }

  String password(DatabaseRole role) {
    String password = passwords.get(role);
    if (password == null) {
      throw new IllegalStateException("no password for " + role);
    }
    return password;
  }

  @Override
  public String toString() {
    return jdbcUrl();
  }
}
