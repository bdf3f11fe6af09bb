package dev.assay.marketplace.identity;

import static java.time.ZoneOffset.UTC;

import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import java.time.Clock;
import java.time.Instant;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Gives out nonces. They are used up by {@link Sessions}, in the statement that signs in. */
@Component
class Nonces {
  record Nonce(String nonce, Instant expiresAt) {}

  private final JdbcClient jdbc;
  private final IdentitySettings.Nonces settings;
  private final RandomGenerator chance;
  private final Clock clock;

  /** As counted by the last sweep, and what this process has given out since. */
  private final AtomicLong waiting = new AtomicLong();

  Nonces(JdbcClient jdbc, IdentitySettings settings, RandomGenerator chance, Clock clock) {
    this.jdbc = jdbc;
    this.settings = settings.nonces();
    this.chance = chance;
    this.clock = clock;
  }

  /**
   * @throws Problem {@link ProblemType#MARKET_FULL} if as many are waiting as are kept
   */
  Nonce create() {
    if (waiting.incrementAndGet() > settings.limit()) {
      waiting.decrementAndGet();
      throw new Problem(
          ProblemType.MARKET_FULL, "Too many sign-ins are under way. Try again in a minute.");
    }
    byte[] bits = new byte[16];
    chance.nextBytes(bits);
    var nonce =
        new Nonce(HexFormat.of().formatHex(bits), clock.instant().plus(settings.lifetime()));
    jdbc.sql("insert into sign_in_nonce (nonce, expires_at) values (:nonce, :expiresAt)")
        .param("nonce", nonce.nonce())
        .param("expiresAt", nonce.expiresAt().atOffset(UTC))
        .update();
    return nonce;
  }

  /** Deletes those that nobody used in time. */
  void sweep() {
    jdbc.sql("delete from sign_in_nonce where expires_at <= :now")
        .param("now", clock.instant().atOffset(UTC))
        .update();
    waiting.set(jdbc.sql("select count(*) from sign_in_nonce").query(Long.class).single());
  }
}
