package dev.assay.marketplace.dispatch;

import dev.assay.marketplace.platform.ReplicaId;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
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
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Carries {@link Notice}s between replicas by PostgreSQL's {@code LISTEN} and {@code NOTIFY}: those
 * of others come as events of the application. Sent in groups and apart from the transactions of
 * use cases, whose commits they would make wait for each other. While there is one replica, nothing
 * is sent.
 */
@Component
class Notices implements SmartLifecycle {
  private static final Logger LOG = LoggerFactory.getLogger(Notices.class);
  private static final String CHANNEL = "assay_market";

  /** PostgreSQL takes 8,000 bytes. */
  private static final int LARGEST = 7_900;

  private static final int QUEUED = 16_384;
  private static final int TOGETHER = 512;
  private static final int LOOKS_EVERY_MILLIS = 250;
  private static final long RETRY_MILLIS = 500;

  private final JdbcClient jdbc;
  private final DataSource connections;
  private final Replicas replicas;
  private final ReplicaId me;
  private final ApplicationEventPublisher events;
  private final JsonMapper json;
  private final BlockingQueue<Notice> outgoing = new ArrayBlockingQueue<>(QUEUED);
  private volatile boolean running;
  private @Nullable Thread sender;
  private @Nullable Thread listener;

  private record Envelope(UUID from, List<Notice> notices) {}

  Notices(
      JdbcClient jdbc,
      DataSource connections,
      Replicas replicas,
      ReplicaId me,
      ApplicationEventPublisher events,
      JsonMapper json) {
    this.jdbc = jdbc;
    this.connections = connections;
    this.replicas = replicas;
    this.me = me;
    this.events = events;
    this.json = json;
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
    while (running) {
      try {
        Notice first = outgoing.poll(LOOKS_EVERY_MILLIS, TimeUnit.MILLISECONDS);
        if (first != null) {
          group.add(first);
          outgoing.drainTo(group, TOGETHER - 1);
          notify(group);
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

  private void notify(List<Notice> group) {
    List<String> payloads = new ArrayList<>();
    String head = "{\"from\":\"%s\",\"notices\":[".formatted(me.id());
    var payload = new StringBuilder(head);
    int bytes = head.length();
    for (Notice notice : group) {
      String one = json.writeValueAsString(notice);
      int more = one.getBytes(StandardCharsets.UTF_8).length + 1;
      if (bytes + more + 2 > LARGEST && payload.length() > head.length()) {
        payloads.add(payload.append("]}").toString());
        payload = new StringBuilder(head);
        bytes = head.length();
      }
      payload.append(payload.length() == head.length() ? "" : ",").append(one);
      bytes += more;
    }
    payloads.add(payload.append("]}").toString());
    jdbc.sql("select count(pg_notify('" + CHANNEL + "', p)) from unnest(:payloads) as p")
        .param("payloads", payloads.toArray(String[]::new))
        .query(Long.class)
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
        Envelope envelope = json.readValue(one.getParameter(), Envelope.class);
        if (!envelope.from().equals(me.id())) {
          envelope.notices().forEach(this::publish);
        }
      } catch (JacksonException e) {
        LOG.atWarn().log("A replica of another version tells what is not understood here");
      }
    }
  }

  private void publish(Notice notice) {
    try {
      if (notice instanceof Notice.Joined) {
        replicas.look();
      }
      events.publishEvent(notice);
    } catch (RuntimeException e) { // the next must be heard all the same
      LOG.atWarn().setCause(e).addKeyValue("notice", notice).log("A notice was not acted upon");
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
