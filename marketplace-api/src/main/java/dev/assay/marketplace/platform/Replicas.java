package dev.assay.marketplace.platform;

import dev.assay.protocol.Digest;
import dev.assay.protocol.JobId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.SmartLifecycle;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.core.simple.JdbcClient.StatementSpec;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * The processes that serve the market on this database now. By the database's clock: theirs may
 * differ.
 */
@Component
public class Replicas implements SmartLifecycle {
  private static final Logger LOG = LoggerFactory.getLogger(Replicas.class);

  /** Of its start and its end. */
  static final int PHASE = Integer.MIN_VALUE + 1;

  private final JdbcClient jdbc;
  private final ReplicaId me;
  private final ReplicaSettings settings;
  private final ApplicationEventPublisher events;
  private final Clock clock;
  private volatile Set<UUID> alive;
  private volatile Instant lastBeat = Instant.MAX;
  private volatile Instant doubtedUntil = Instant.MIN;
  private volatile boolean running;

  /** One or more of us are no more; whatever they saw to is somebody else's now. */
  public record SomeDied(Set<UUID> dead) {}

  Replicas(
      JdbcClient jdbc,
      ReplicaId me,
      ReplicaSettings settings,
      ApplicationEventPublisher events,
      Clock clock) {
    this.jdbc = jdbc;
    this.me = me;
    this.settings = settings;
    this.events = events;
    this.clock = clock;
    this.alive = Set.of(me.id());
  }

  /** This one included. */
  public Set<UUID> alive() {
    return alive;
  }

  public boolean isAlone() {
    return alive.size() == 1;
  }

  /**
   * Whether others may have taken this replica for dead since {@code moment}, because it was late
   * to say that it lives; they have taken over then what it sees to.
   */
  public boolean wasDoubtedSince(Instant moment) {
    return moment.isBefore(doubtedUntil);
  }

  /**
   * How many come before this replica where a job of another is concerned: it is for whoever has
   * none before it, then for the next. By rendezvous hashing: when one comes or goes, only its
   * share moves.
   *
   * @param owner whose job it is
   */
  public int before(JobId job, UUID owner) {
    byte[] what =
        ByteBuffer.allocate(16)
            .putLong(job.uuid().getMostSignificantBits())
            .putLong(job.uuid().getLeastSignificantBits())
            .array();
    return before(alive.stream().filter(other -> !other.equals(owner)), what);
  }

  /**
   * Whether it is this replica that does what one does for all. For a moment nobody may think so,
   * or two: when one comes or goes.
   *
   * @param chore by its name, so that not all fall to one
   */
  public boolean isMine(String chore) {
    return before(alive.stream(), chore.getBytes(StandardCharsets.UTF_8)) == 0;
  }

  private int before(Stream<UUID> others, byte[] what) {
    Digest mine = weight(me.id(), what);
    return (int) others.filter(other -> weight(other, what).compareTo(mine) > 0).count();
  }

  private static Digest weight(UUID replica, byte[] what) {
    return Digest.keccak256(
        ByteBuffer.allocate(16 + what.length)
            .putLong(replica.getMostSignificantBits())
            .putLong(replica.getLeastSignificantBits())
            .put(what)
            .array());
  }

  @Scheduled(
      initialDelayString = "${marketplace.replicas.beat:1s}",
      fixedDelayString = "${marketplace.replicas.beat:1s}")
  void beat() {
    if (!running) {
      return;
    }
    Instant beat = clock.instant();
    Set<UUID> living =
        living(
            jdbc.sql(
                    """
                    with beat as (
                      insert into replica (id, started_at, seen_at, beats)
                      values (:id, clock_timestamp(), clock_timestamp(), 1)
                      on conflict (id) do update set seen_at = excluded.seen_at, beats = replica.beats + 1),
                    gone as (delete from replica where seen_at < clock_timestamp() - interval '1 hour' and id <> :id)
                    """
                        + ALIVE)
                .param("id", me.id()));
    Instant heard = clock.instant();
    if (Duration.between(lastBeat, heard).compareTo(settings.silence()) > 0) {
      doubtedUntil = heard.plus(settings.silence()); // others look once in this time, at least
    }
    lastBeat = beat;
    see(living);
  }

  /** One has joined, perhaps. */
  public void look() {
    see(living(jdbc.sql(ALIVE)));
  }

  private static final String ALIVE =
      """
      select id from replica where seen_at > clock_timestamp() - make_interval(secs => :silence)
      """;

  private Set<UUID> living(StatementSpec asked) {
    Set<UUID> living =
        new HashSet<>(
            asked
                .param("silence", settings.silence().toMillis() / 1000.0)
                .query((row, _) -> row.getObject("id", UUID.class))
                .list());
    living.add(me.id());
    return living;
  }

  private void see(Set<UUID> seen) {
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
    return PHASE;
  }
}
