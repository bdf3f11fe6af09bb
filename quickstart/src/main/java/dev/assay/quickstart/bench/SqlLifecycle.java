package dev.assay.quickstart.bench;

import dev.assay.determinism.Ids;
import dev.assay.quickstart.stack.DatabaseLogin;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.LongAdder;

/**
 * The least that PostgreSQL must do for a job's life: three appended facts, each in groups, each
 * group a durable transaction. Nothing is checked, nobody is paid: a floor, not a market.
 */
public final class SqlLifecycle {
  private static final int TOGETHER = 128;
  private static final int CONNECTIONS = 4;

  private final DatabaseLogin login;
  private final Ids ids;

  /**
   * @param login may create a schema
   */
  public SqlLifecycle(DatabaseLogin login, Ids ids) {
    this.login = login;
    this.ids = ids;
  }

  /**
   * @return how many jobs went all the way
   */
  public long run(double seconds) throws SQLException, InterruptedException {
    try (Connection connection = login.connect();
        var statement = connection.createStatement()) {
      statement.execute(
          """
          drop schema if exists bench cascade;
          create schema bench;
          create table bench.job (id uuid primary key, requester text not null, input bytea not null,
                                  price bigint not null, posted_at timestamptz not null);
          create table bench.lease (job uuid not null, attempt int not null, worker text not null,
                                    deadline timestamptz not null, primary key (job, attempt));
          create table bench.result (job uuid primary key, attempt int not null, signature bytea not null,
                                     output bytea not null, at timestamptz not null);
          """);
    }
    var jobs = new LongAdder();
    long until = System.nanoTime() + (long) (seconds * 1e9);
    try (var threads = Executors.newFixedThreadPool(CONNECTIONS)) {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < CONNECTIONS; i++) {
        running.add(
            threads.submit(() -> {
              live(until, jobs);
              return null;
            }));
      }
      for (Future<?> one : running) {
        one.get();
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException("the floor of SQL", e.getCause());
    }
    return jobs.sum();
  }

  private void live(long until, LongAdder jobs) throws SQLException {
    try (Connection connection = login.connect();
        PreparedStatement job =
            connection.prepareStatement(
                """
                insert into bench.job select id, 'requester', decode(repeat('ab', 64), 'hex'), 1, now()
                from unnest(?::uuid[]) as t (id)
                """);
        PreparedStatement lease =
            connection.prepareStatement(
                """
                insert into bench.lease select id, 1, 'worker', now() from unnest(?::uuid[]) as t (id)
                on conflict do nothing
                """);
        PreparedStatement result =
            connection.prepareStatement(
                """
                insert into bench.result
                select id, 1, decode(repeat('cd', 65), 'hex'), decode(repeat('ef', 64), 'hex'), now()
                from unnest(?::uuid[]) as t (id) on conflict do nothing
                """)) {
      while (System.nanoTime() < until) {
        String[] group = new String[TOGETHER];
        for (int i = 0; i < TOGETHER; i++) {
          group[i] = ids.next().toString();
        }
        var array = connection.createArrayOf("text", group);
        for (PreparedStatement step : List.of(job, lease, result)) {
          step.setArray(1, array);
          step.executeUpdate();
        }
        jobs.add(TOGETHER);
      }
    }
  }
}
