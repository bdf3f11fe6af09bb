package dev.assay.quickstart.bench;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.assay.quickstart.stack.DatabaseLogin;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** db-scheduler as a Java user would take it for the queue: scheduled one by one, run at once. */
public final class DbSchedulerPeer {
  private static final int THREADS = 16;

  private final DatabaseLogin login;
  private final InstantSource clock;

  /**
   * @param login owns the schema {@code bench}
   */
  public DbSchedulerPeer(DatabaseLogin login, InstantSource clock) {
    this.login = login;
    this.clock = clock;
  }

  /**
   * @return seconds from the first job to the end of the last
   */
  public double run(int jobs) throws SQLException, InterruptedException {
    PeerLogs.silence();
    try (Connection connection = login.connect();
        var statement = connection.createStatement()) {
      statement.execute(
          """
          create schema if not exists bench;
          drop table if exists bench.scheduled_tasks;
          create table bench.scheduled_tasks (
            task_name text not null, task_instance text not null, task_data bytea,
            execution_time timestamptz not null, picked boolean not null, picked_by text,
            last_success timestamptz, last_failure timestamptz, consecutive_failures int,
            last_heartbeat timestamptz, version bigint not null, priority smallint,
            primary key (task_name, task_instance));
          create index execution_time_idx on bench.scheduled_tasks (execution_time);
          create index last_heartbeat_idx on bench.scheduled_tasks (last_heartbeat);
          """);
    }
    var done = new CountDownLatch(jobs);
    var task = Tasks.oneTime("job").execute((instance, context) -> done.countDown());
    var settings = new HikariConfig();
    settings.setJdbcUrl(login.jdbcUrl());
    settings.setUsername(login.username());
    settings.setPassword(login.password());
    settings.setMaximumPoolSize(2 * THREADS + 4);
    settings.setSchema("bench");
    try (var source = new HikariDataSource(settings)) {
      Scheduler scheduler =
          Scheduler.create(source, task)
              .threads(THREADS)
              .pollUsingLockAndFetch(2.0, 6.0)
              .pollingInterval(Duration.ofMillis(200))
              .enableImmediateExecution()
              .build();
      scheduler.start();
      long start = System.nanoTime();
      Thread[] callers = new Thread[THREADS];
      for (int t = 0; t < THREADS; t++) {
        int first = t;
        callers[t] =
            Thread.ofPlatform()
                .start(() -> {
                  for (int i = first; i < jobs; i += THREADS) {
                    scheduler.schedule(task.instance("job-" + i), clock.instant());
                  }
                });
      }
      for (Thread caller : callers) {
        caller.join();
      }
      boolean isDone = done.await(120, TimeUnit.SECONDS);
      double seconds = (System.nanoTime() - start) / 1e9;
      scheduler.stop();
      return isDone ? seconds : Double.POSITIVE_INFINITY;
    }
  }
}
