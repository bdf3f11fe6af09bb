package dev.assay.marketplace.identity;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.assay.marketplace.platform.ByClock;
import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.marketplace.platform.WhenChanged;
import dev.assay.marketplace.stake.Stakes;
import dev.assay.protocol.Digest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * Finds out whose a token is, from memory where it has been asked before. What another process ends
 * is forgotten here within {@link #LONGEST_UNSEEN}: this looks for it several times as often, and
 * while it cannot look, memory does not count and each request asks the database.
 */
@Component
class Credentials implements ByClock {
  static final Duration LONGEST_UNSEEN = Duration.ofSeconds(1);

  /** Ends are looked for ten seconds back; half of that leaves room for their statements. */
  private static final Duration LONGEST_BLIND = Duration.ofSeconds(5);

  private static final Logger LOG = LoggerFactory.getLogger(Credentials.class);
  private static final int TOGETHER = 8;
  private static final long PATIENCE_MILLIS = 1_000;

  private final Sessions sessions;
  private final ApiKeys keys;
  private final Stakes stakes;
  private final JdbcClient jdbc;
  private final Clock clock;
  private final Cache<Digest, Credential> known;

  /**
   * After a start all workers come at once, and none is remembered. If their questions took all
   * connections, this could not look for what was ended; then memory would not count either, and
   * each request of everybody would ask as well.
   */
  private final Semaphore together = new Semaphore(TOGETHER);

  /** Since when no end was overlooked. */
  private volatile Instant seenAt = Instant.MIN;

  /** Until when memory counts. */
  private volatile Instant seenUntil = Instant.MIN;

  private volatile boolean isAway;

  /** Some were ended lately: what was read just before may be remembered just after. */
  private volatile boolean isEnding;

  Credentials(
      Sessions sessions,
      ApiKeys keys,
      Stakes stakes,
      JdbcClient jdbc,
      Clock clock,
      IdentitySettings settings) {
    this.sessions = sessions;
    this.keys = keys;
    this.stakes = stakes;
    this.jdbc = jdbc;
    this.clock = clock;
    this.known =
        Caffeine.newBuilder()
            .maximumSize(settings.sessions().remembered())
            .executor(Runnable::run)
            .build();
  }

  /** Nothing for a token that is none of ours, was ended, or has lapsed. */
  Optional<Credential> find(BearerToken token) {
    Digest hash = token.hash();
    Optional<Credential> credential = inMemory(hash);
    if (credential.isEmpty()) {
      credential = inTurn(token);
      credential.ifPresent(found -> known.put(hash, found));
    }
    return credential.filter(this::isGood);
  }

  /** As {@link #find}, if that takes no question to the database. */
  Optional<Credential> remembered(BearerToken token) {
    return inMemory(token.hash()).filter(this::isGood);
  }

  /** As far as memory counts now. */
  private Optional<Credential> inMemory(Digest hash) {
    return clock.instant().isAfter(seenUntil)
        ? Optional.empty()
        : Optional.ofNullable(known.getIfPresent(hash));
  }

  private Optional<Credential> inTurn(BearerToken token) {
    try {
      if (!together.tryAcquire(PATIENCE_MILLIS, TimeUnit.MILLISECONDS)) {
        throw new Problem(
            ProblemType.UNAVAILABLE, "Too many callers come at once. Try again in a moment.");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Problem(ProblemType.UNAVAILABLE, "The market stops. Try again in a moment.");
    }
    try {
      // Whoever was before may have asked for the same.
      return inMemory(token.hash()).or(() -> load(token));
    } finally {
      together.release();
    }
  }

  private Optional<Credential> load(BearerToken token) {
    return switch (token) {
      case BearerToken.SessionToken session -> sessions.find(session.hash());
      case BearerToken.ApiKeyToken key -> keys.find(key);
    };
  }

  /** A worker's session ends with the right of its key to sign. */
  private boolean isGood(Credential credential) {
    if (credential.isLapsedAt(clock.instant())) {
      known.invalidate(credential.hash());
      return false;
    }
    return switch (credential.caller().audience()) {
      case REQUESTER -> true;
      case WORKER ->
          stakes
              .ownerOf(credential.signedBy())
              .filter(credential.caller().wallet()::equals)
              .isPresent();
    };
  }

  void forget(Digest hash) {
    known.invalidate(hash);
  }

  /** How many are in memory. */
  long count() {
    known.cleanUp();
    return known.estimatedSize();
  }

  /**
   * Forgets what has been ended. It looks ten seconds back: longer than a statement may take from
   * writing its time to being seen, so that none is missed. If it could not look for longer than
   * that, nothing counts that was remembered before.
   */
  @WhenChanged
  @Scheduled(fixedDelay = 300)
  void forgetEnded() {
    Instant start = clock.instant();
    boolean isBlind = start.isAfter(seenAt.plus(LONGEST_BLIND));
    try {
      List<Digest> ended =
          jdbc.sql(
                  """
                  select token_hash from ended_credential
                  where ended_at > clock_timestamp() - interval '10 seconds'\
                  """)
              .query((row, _) -> Digest.of(row.getBytes("token_hash")))
              .list();
      if (isBlind) {
        known.invalidateAll();
      }
      known.invalidateAll(ended);
      isEnding = !ended.isEmpty();
      seen(start);
      isAway = false;
    } catch (DataAccessException e) {
      if (!isAway) { // once, not several times a second
        LOG.atWarn()
            .setCause(e)
            .log("Ended credentials cannot be looked for; each request now asks the database");
      }
      isAway = true;
    }
  }

  @Override
  public Optional<Instant> due() {
    return isAway || isEnding ? AGAIN : Optional.empty();
  }

  @Override
  public void unchangedUntil(Instant at) {
    if (!isAway) {
      seen(at);
    }
  }

  private void seen(Instant at) {
    seenAt = at;
    seenUntil = at.plus(LONGEST_UNSEEN);
  }
}
