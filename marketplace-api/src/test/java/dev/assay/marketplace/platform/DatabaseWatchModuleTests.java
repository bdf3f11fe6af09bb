package dev.assay.marketplace.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.assay.marketplace.MarketModuleTest;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DelegatingDataSource;

/**
 * Other tests' processes may write to the same server meanwhile, so what is said is said of more.
 */
@MarketModuleTest
class DatabaseWatchModuleTests {
  private final ObjectProvider<Replicas> provider;
  private final DatabaseWatch watch;
  private final Replicas replicas;
  private final DataSource database;
  private final JdbcClient jdbc;
  private final UUID other = UUID.randomUUID();

  DatabaseWatchModuleTests(
      @Autowired ObjectProvider<Replicas> provider,
      @Autowired DatabaseWatch watch,
      @Autowired Replicas replicas,
      @Autowired DataSource database,
      @Autowired JdbcClient jdbc) {
    this.provider = provider;
    this.watch = watch;
    this.replicas = replicas;
    this.database = database;
    this.jdbc = jdbc;
  }

  @AfterEach
  void forget() {
    jdbc.sql("delete from replica where id = :id").param("id", other).update();
  }

  private long written() {
    return watch.written().orElseThrow();
  }

  private static final String SOMETHING =
      "insert into replica (id, started_at, seen_at) values ('%s', clock_timestamp(), 'epoch')";

  @Test
  void whatever_anybody_commits_is_seen() {
    long before = written();
    jdbc.sql(SOMETHING.formatted(other)).update();
    assertThat(written()).isGreaterThan(before);
  }

  @Test
  void what_is_written_is_seen_when_it_is_committed_whatever_was_committed_since()
      throws SQLException {
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute(SOMETHING.formatted(other));
      replicas.beat(); // its number is higher, and it is over before
      long before = written();
      connection.commit();
      assertThat(written()).isGreaterThan(before);
    }
  }

  @Test
  void beats_and_questions_are_not_news() {
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> {
          long before = written();
          for (int i = 0; i < 5; i++) {
            replicas.beat();
          }
          return written() == before;
        });
  }

  @Test
  void beats_of_a_version_that_does_not_count_them_are_news() {
    jdbc.sql(SOMETHING.formatted(other)).update();
    long before = written();
    jdbc.sql("update replica set seen_at = clock_timestamp() - interval '1 hour' where id = :id")
        .param("id", other)
        .update();
    assertThat(written()).isGreaterThan(before);
  }

  @Test
  void a_chore_that_cannot_be_begun_does_not_end_the_others() {
    var done = new AtomicInteger();
    List<WatchingChore> all =
        List.of(
            chore(
                () -> {},
                () -> {
                  throw new AssertionError("it is meant to");
                }),
            chore(done::incrementAndGet, () -> true));

    watching(all, jdbc, () -> await().until(() -> done.get() > 2));
  }

  @Test
  void a_chore_that_fails_is_done_again_and_ends_no_thread() {
    var begun = new AtomicInteger();
    Runnable failing =
        () -> {
          begun.incrementAndGet();
          throw new AssertionError("it is meant to");
        };

    // await() fails when a thread anywhere ends by what nobody caught.
    watching(List.of(chore(failing, () -> true)), jdbc, () -> await().until(() -> begun.get() > 2));
  }

  @Test
  void chores_are_done_while_the_question_is_not_answered() throws InterruptedException {
    var done = new AtomicInteger();
    var asked = new CountDownLatch(1);
    var answered = new CountDownLatch(1);
    var silent =
        new DelegatingDataSource(database) {
          @Override
          public Connection getConnection() throws SQLException {
            asked.countDown();
            try {
              answered.await();
            } catch (InterruptedException e) {
              throw new SQLException(e);
            }
            return super.getConnection();
          }
        };
    try {
      watching(
          List.of(chore(done::incrementAndGet, () -> true)),
          JdbcClient.create(silent),
          () -> await().until(() -> done.get() > 1));
      assertThat(asked.await(0, TimeUnit.SECONDS)).isTrue();
    } finally {
      answered.countDown();
    }
  }

  private static WatchingChore chore(Runnable what, BooleanSupplier isMine) {
    var again =
        new ByClock() {
          @Override
          public Optional<Instant> due() {
            return AGAIN;
          }
        };
    return new WatchingChore(what, again, isMine, Duration.ofMillis(100), false, System::nanoTime);
  }

  private void watching(List<WatchingChore> all, JdbcClient jdbc, Runnable meanwhile) {
    var chores = new Chores(provider);
    chores.watching().addAll(all);
    var watch = new DatabaseWatch(chores, jdbc, Clock.systemUTC());
    watch.start();
    watch.begin();
    try {
      meanwhile.run();
    } finally {
      watch.stop();
    }
  }
}
