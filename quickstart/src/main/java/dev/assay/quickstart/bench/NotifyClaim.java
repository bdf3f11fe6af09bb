package dev.assay.quickstart.bench;

import dev.assay.determinism.Ids;
import dev.assay.quickstart.stack.DatabaseLogin;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import org.postgresql.PGConnection;

/**
 * What a hand-made queue on PostgreSQL does at its best: insert and NOTIFY in one durable
 * transaction; a listener that wakes and claims by {@code SKIP LOCKED}, durably too.
 */
public final class NotifyClaim {
  private static final int WAKES_EVERY_MILLIS = 50;

  private final DatabaseLogin login;
  private final Ids ids;

  /**
   * @param login may create a schema
   */
  public NotifyClaim(DatabaseLogin login, Ids ids) {
    this.login = login;
    this.ids = ids;
  }

  /**
   * @return from the begin of each insert to the end of its claim, in milliseconds
   */
  public Latencies run(int jobs, int intervalMillis) throws SQLException, InterruptedException {
    try (Connection connection = login.connect();
        var statement = connection.createStatement()) {
      statement.execute(
          """
          create schema if not exists bench;
          drop table if exists bench.queue;
          create table bench.queue (id uuid primary key, at bigint not null, taken_by text);
          create index on bench.queue (id) where taken_by is null;
          """);
    }
    List<Double> millis = new ArrayList<>();
    try (var threads = Executors.newSingleThreadExecutor();
        Connection poster = login.connect();
        Connection listener = login.connect();
        var insert =
            poster.prepareStatement(
                "with posted as (insert into bench.queue (id, at) values (?::uuid, ?))"
                    + " select pg_notify('bench_queue', '')");
        var listen = listener.createStatement()) {
      listen.execute("listen bench_queue");
      var claiming =
          threads.submit(() -> {
            claim(listener, jobs, millis);
            return null;
          });
      for (int i = 0; i < jobs; i++) {
        Thread.sleep(intervalMillis);
        insert.setString(1, ids.next().toString());
        insert.setLong(2, System.nanoTime());
        insert.execute();
      }
      claiming.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("claiming by hand", e.getCause());
    }
    return Latencies.of(millis);
  }

  private static void claim(Connection listener, int jobs, List<Double> millis)
      throws SQLException {
    try (var claim =
        listener.prepareStatement(
            """
            update bench.queue set taken_by = 'me'
            where id = (select id from bench.queue where taken_by is null limit 1 for update skip locked)
            returning at
            """)) {
      while (millis.size() < jobs) {
        try (var rows = claim.executeQuery()) {
          if (rows.next()) {
            millis.add((System.nanoTime() - rows.getLong(1)) / 1e6);
            continue;
          }
        }
        listener.unwrap(PGConnection.class).getNotifications(WAKES_EVERY_MILLIS);
      }
    }
  }
}
