package dev.assay.marketplace.dispatch;

import dev.assay.marketplace.platform.ReplicaId;
import dev.assay.marketplace.platform.Replicas;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.SmartLifecycle;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Carries {@link Notice}s between replicas by PostgreSQL's {@code LISTEN} and {@code NOTIFY}: those
 * of others come as events of the application, all that was sent together in one {@link
 * NoticeText.Heard}. Sent in groups and apart from the transactions of use cases, whose commits
 * they would make wait for each other. While there is one replica, nothing is sent.
 *
 * <p>Each {@code NOTIFY} is a transaction and wakes every replica, however little it says. So what
 * nobody waits for is sent at most every {@value #PAUSE_MILLIS} ms.
 */
@Component
class Notices implements SmartLifecycle {
  private static final Logger LOG = LoggerFactory.getLogger(Notices.class);
  private static final String CHANNEL = "assay_notices";
  private static final int QUEUED = 16_384;
  private static final int TOGETHER = 512;
  private static final int LOOKS_EVERY_MILLIS = 250;
  private static final int PAUSE_MILLIS = 20;
  private static final long RETRY_MILLIS = 500;

  private final JdbcClient jdbc;
  private final DataSource connections;
  private final Replicas replicas;
  private final ReplicaId me;
  private final ApplicationEventPublisher events;
  private final BlockingQueue<Notice> outgoing = new ArrayBlockingQueue<>(QUEUED);
  private volatile boolean running;
  private @Nullable Thread sender;
  private @Nullable Thread listener;

  Notices(
      JdbcClient jdbc,
      DataSource connections,
      Replicas replicas,
      ReplicaId me,
      ApplicationEventPublisher events) {
    this.jdbc = jdbc;
    this.connections = connections;
    this.replicas = replicas;
    this.me = me;
    this.events = events;
  }

  /** Soon, and perhaps not at all: whoever tells must not depend on being heard. */
  void tell(Notice notice) {
    if (!replicas.isAlone()) {
      send(notice);
    }
  }

  private void send(Notice notice) {
    if (!outgoing.offer(notice)) {
      LOG.atWarn().log("More is told to other replicas than can be sent; they find it by looking");
      outgoing.clear();
    }
  }

  private void sendAll() {
    List<Notice> group = new ArrayList<>(TOGETHER);
    long lastNanos = System.nanoTime();
    while (running) {
      try {
        Notice first = outgoing.poll(LOOKS_EVERY_MILLIS, TimeUnit.MILLISECONDS);
        if (first != null) {
          group.add(first);
          gather(group, lastNanos + TimeUnit.MILLISECONDS.toNanos(PAUSE_MILLIS));
          notify(group);
          lastNanos = System.nanoTime();
        }
      } catch (InterruptedException e) {
        return;
      } catch (DataAccessException away) {
        LOG.atInfo().addKeyValue("notices", group.size()).log("Other replicas could not be told");
      } finally {
        group.clear();
      }
    }
  }

  /** What there is until then, or until something is urgent. */
  private void gather(List<Notice> group, long untilNanos) throws InterruptedException {
    while (!group.getLast().isUrgent() && group.size() < TOGETHER) {
      Notice next = outgoing.poll(untilNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
      if (next == null) {
        return;
      }
      group.add(next);
    }
    outgoing.drainTo(group, TOGETHER - group.size());
  }

  /**
   * Not durably: the commit of a {@code NOTIFY} has all others wait for it, and what a crash takes
   * was a hint.
   */
  private void notify(List<Notice> group) {
    jdbc.sql(
            """
            select set_config('synchronous_commit', 'off', true), count(pg_notify(:channel, payload))
            from unnest(:payloads) as payload
            """)
        .param("channel", CHANNEL)
        .param("payloads", NoticeText.write(me.id(), group).toArray(String[]::new))
        .query((_, _) -> true)
        .single();
  }

  private void listen() {
    while (running) {
      try (Connection connection = connections.getConnection();
          Statement statement = connection.createStatement()) {
        statement.execute("listen " + CHANNEL);
        var channel = connection.unwrap(PGConnection.class);
        try {
          send(new Notice.Joined());
          while (running) {
            hear(channel.getNotifications(LOOKS_EVERY_MILLIS));
          }
        } finally {
          statement.execute("unlisten *"); // the connection goes back to the pool
        }
      } catch (SQLException away) {
        if (running) {
          LOG.atInfo()
              .addKeyValue("because", String.valueOf(away.getMessage()))
              .log("Other replicas are not heard now; what they do is found by looking");
        }
        rest();
      }
    }
  }

  private void hear(PGNotification @Nullable [] heard) {
    for (PGNotification one : heard == null ? new PGNotification[0] : heard) {
      try {
        NoticeText.Heard notices = NoticeText.read(one.getParameter());
        if (!notices.from().equals(me.id())) {
          publish(notices);
        }
      } catch (RuntimeException e) { // the next must be heard all the same
        LOG.atWarn().setCause(e).log("A replica of another version tells what is not understood");
      }
    }
  }

  private void publish(NoticeText.Heard heard) {
    try {
      if (heard.notices().contains(new Notice.Joined())) {
        greet();
      }
      events.publishEvent(heard);
    } catch (RuntimeException e) { // the next must be heard all the same
      LOG.atWarn()
          .setCause(e)
          .addKeyValue("notices", heard.notices().size())
          .log("Notices were not acted upon");
    }
  }

  private void greet() {
    try {
      replicas.look();
    } catch (DataAccessException away) {
      LOG.atInfo().setCause(away).log("Who has joined is seen at the next beat");
    }
  }

  private static void rest() {
    try {
      TimeUnit.MILLISECONDS.sleep(RETRY_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void start() {
    running = true;
    sender = Thread.ofVirtual().name("notices-out").start(this::sendAll);
    listener = Thread.ofVirtual().name("notices-in").start(this::listen);
  }

  @Override
  public void stop() {
    running = false;
    for (Thread thread : new @Nullable Thread[] {sender, listener}) {
      join(thread);
    }
  }

  private static void join(@Nullable Thread thread) {
    if (thread == null) {
      return;
    }
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  /** After the web server has drained, before this replica says good-bye. */
  @Override
  public int getPhase() {
    return Integer.MIN_VALUE + 2;
  }
}
