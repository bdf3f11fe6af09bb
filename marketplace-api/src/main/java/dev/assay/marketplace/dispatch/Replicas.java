package dev.assay.marketplace.dispatch;

import dev.assay.marketplace.platform.ReplicaId;
import dev.assay.protocol.Digest;
import dev.assay.protocol.JobId;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.SmartLifecycle;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * The processes that serve the market on this database now. By the database's clock: theirs may
 * differ.
 */
@Component
class Replicas implements SmartLifecycle {
  private static final Logger LOG = LoggerFactory.getLogger(Replicas.class);

  private final JdbcClient jdbc;
  private final ReplicaId me;
  private final DispatchSettings settings;
  private final ApplicationEventPublisher events;
  private volatile Set<UUID> alive;
  private volatile boolean running;

  /** One or more of us are no more; whatever they saw to is somebody else's now. */
  record SomeDied(Set<UUID> dead) {}

  Replicas(
      JdbcClient jdbc, ReplicaId me, DispatchSettings settings, ApplicationEventPublisher events) {
    this.jdbc = jdbc;
    this.me = me;
    this.settings = settings;
    this.events = events;
    this.alive = Set.of(me.id());
  }

  /** This one included. */
  Set<UUID> alive() {
    return alive;
  }

  boolean isAlone() {
    return alive.size() == 1;
  }

  /**
   * Whether a job belongs to this replica's slice: it is the first to offer it to its workers
   * should the replica that took it have none. By rendezvous hashing: when one comes or goes, only
   * its share moves.
   */
  boolean isMine(JobId job) {
    UUID best = me.id();
    Digest highest = weight(best, job);
    for (UUID replica : alive) {
      Digest weight = weight(replica, job);
      if (weight.compareTo(highest) > 0) {
        best = replica;
        highest = weight;
      }
    }
    return best.equals(me.id());
  }

  private static Digest weight(UUID replica, JobId job) {
    return Digest.keccak256(
        ByteBuffer.allocate(32)
            .putLong(replica.getMostSignificantBits())
            .putLong(replica.getLeastSignificantBits())
            .putLong(job.uuid().getMostSignificantBits())
            .putLong(job.uuid().getLeastSignificantBits())
            .array());
  }

  @Scheduled(
      initialDelayString = "${marketplace.dispatch.replica-beat:1s}",
      fixedDelayString = "${marketplace.dispatch.replica-beat:1s}")
  void beat() {
    if (!running) {
      return;
    }
    jdbc.sql(
            """
            insert into replica (id, started_at, seen_at) values (:id, clock_timestamp(), clock_timestamp())
            on conflict (id) do update set seen_at = excluded.seen_at
            """)
        .param("id", me.id())
        .update();
    jdbc.sql("delete from replica where seen_at < clock_timestamp() - interval '1 hour'").update();
    look();
  }

  void look() {
    Set<UUID> seen =
        new HashSet<>(
            jdbc.sql(
                    """
                    select id from replica
                    where seen_at > clock_timestamp() - make_interval(secs => :silence)
                    """)
                .param("silence", settings.replicaSilence().toMillis() / 1000.0)
                .query(UUID.class)
                .list());
    seen.add(me.id());
    Set<UUID> dead = new HashSet<>(alive);
    dead.removeAll(seen);
    if (!seen.equals(alive)) {
      LOG.atInfo().addKeyValue("replicas", seen.size()).log("Replicas that serve this market");
    }
    alive = Set.copyOf(seen);
    if (!dead.isEmpty()) {
      events.publishEvent(new SomeDied(dead));
    }
  }

  @Override
  public void start() {
    running = true;
    beat();
  }

  /** Others take over at once, and do not have to miss it first. */
  @Override
  public void stop() {
    running = false;
    try {
      jdbc.sql("delete from replica where id = :id").param("id", me.id()).update();
    } catch (DataAccessException e) {
      LOG.atInfo().setCause(e).log("The others were not told of this stop; they will notice");
    }
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  /** The last to stop, after the web server has drained. */
  @Override
  public int getPhase() {
    return Integer.MIN_VALUE + 1;
  }
}
