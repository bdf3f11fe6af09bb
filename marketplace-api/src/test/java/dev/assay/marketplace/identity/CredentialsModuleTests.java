package dev.assay.marketplace.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.assay.marketplace.Http;
import dev.assay.marketplace.MarketModuleTest;
import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.marketplace.stake.Stakes;
import dev.assay.protocol.Digest;
import dev.assay.protocol.WalletAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Import;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionOperations;

/** What a process remembers of credentials, beside another process that ends them. */
@MarketModuleTest
@Import(MovableClock.class)
class CredentialsModuleTests {
  private final int port;
  private final JdbcClient jdbc;
  private final Nonces nonces;
  private final Sessions sessions;
  private final RandomGenerator chance;
  private final ApiKeys keys;
  private final Stakes stakes;
  private final TransactionOperations transaction;

  /** As of another process: nothing calls it but this test. */
  private final Credentials replica;

  CredentialsModuleTests(
      @LocalServerPort int port,
      @Autowired JdbcClient jdbc,
      @Autowired Nonces nonces,
      @Autowired Sessions sessions,
      @Autowired ApiKeys keys,
      @Autowired Stakes stakes,
      @Autowired RandomGenerator chance,
      @Autowired TransactionOperations transaction) {
    this.port = port;
    this.jdbc = jdbc;
    this.nonces = nonces;
    this.sessions = sessions;
    this.chance = chance;
    this.keys = keys;
    this.stakes = stakes;
    this.transaction = transaction;
    this.replica =
        new Credentials(
            sessions, keys, stakes, jdbc, Clock.systemUTC(), RateLimitsTests.settings(10));
  }

  @BeforeEach
  void lookOnce() {
    replica.forgetEnded();
  }

  @Test
  void a_token_that_was_seen_costs_no_query() {
    var token = session();
    assertThat(replica.find(token)).isPresent();

    // Behind its back, as nothing but this test does it.
    jdbc.sql("delete from wallet_session where token_hash = :hash")
        .param("hash", token.hash().toBytes())
        .update();

    replica.unchangedUntil(Instant.now());
    assertThat(replica.find(token)).isPresent();
  }

  @Test
  void memory_counts_for_a_second_after_it_was_known_that_nothing_was_written() {
    var token = session();
    assertThat(replica.find(token)).isPresent();
    jdbc.sql("delete from wallet_session where token_hash = :hash")
        .param("hash", token.hash().toBytes())
        .update();

    replica.unchangedUntil(Instant.now());
    assertThat(replica.find(token)).isPresent();

    replica.unchangedUntil(Instant.now().minus(Credentials.LONGEST_UNSEEN));
    assertThat(replica.find(token)).isEmpty();
  }

  @Test
  void what_another_process_ends_is_forgotten_at_the_next_look() {
    var token = session();
    assertThat(replica.find(token)).isPresent();

    sessions.end(token.hash());
    replica.forgetEnded();

    assertThat(replica.find(token)).isEmpty();
  }

  @Test
  void a_process_looks_often_enough_to_forget_within_a_second() {
    String token = TestWallet.create().signIn(port);
    assertThat(keys(token)).isEqualTo(200);

    sessions.end(BearerToken.parse(token).orElseThrow().hash()); // its memory is not told

    await()
        .pollInterval(Duration.ofMillis(20))
        .atMost(Credentials.LONGEST_UNSEEN.multipliedBy(3)) // the machine may be busy
        .untilAsserted(() -> assertThat(keys(token)).isEqualTo(401));
  }

  @Test
  void memory_does_not_count_for_one_that_cannot_look() {
    var token = session();
    assertThat(replica.find(token)).isPresent();
    sessions.end(token.hash());

    // It is not asked to look again, as if its scheduler were stuck.
    await()
        .pollDelay(Credentials.LONGEST_UNSEEN)
        .atMost(Credentials.LONGEST_UNSEEN.multipliedBy(2))
        .untilAsserted(() -> assertThat(replica.find(token)).isEmpty());
  }

  @Test
  void what_ended_while_a_process_could_not_look_is_forgotten_too() {
    var clock = new MovableClock();
    var blind = new Credentials(sessions, keys, stakes, jdbc, clock, RateLimitsTests.settings(10));
    blind.forgetEnded();
    var token = session();
    assertThat(blind.find(token)).isPresent();

    sessions.end(token.hash());
    jdbc.sql(
            "update ended_credential set ended_at = ended_at - interval '11 seconds' where"
                + " token_hash = :hash")
        .param("hash", token.hash().toBytes())
        .update();
    clock.advance(Duration.ofSeconds(11));
    blind.forgetEnded();

    assertThat(blind.find(token)).isEmpty();
  }

  @Test
  void what_was_read_before_it_ended_and_is_remembered_after_is_forgotten_at_the_look_after()
      throws Exception {
    var isRead = new CountDownLatch(1);
    var goesOn = new CountDownLatch(1);
    var slow =
        new Sessions(jdbc, RateLimitsTests.settings(10), transaction, Clock.systemUTC()) {
          @Override
          Optional<Credential> find(Digest token) {
            Optional<Credential> found = super.find(token);
            isRead.countDown();
            try {
              goesOn.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
            return found;
          }
        };
    var reading =
        new Credentials(slow, keys, stakes, jdbc, Clock.systemUTC(), RateLimitsTests.settings(10));
    var token = session();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Optional<Credential>> reader = threads.submit(() -> reading.find(token));
      isRead.await();
      sessions.end(token.hash());
      reading.forgetEnded();
      goesOn.countDown();
      assertThat(reader.get()).isPresent();
    }

    assertThat(reading.due()).hasValueSatisfying(due -> assertThat(due).isBefore(Instant.now()));
    reading.forgetEnded();
    assertThat(reading.find(token)).isEmpty();
  }

  @Test
  void however_many_unknown_callers_come_at_once_some_connections_are_left() throws Exception {
    var asking = new Semaphore(0);
    var answered = new CountDownLatch(1);
    var slow =
        new Sessions(jdbc, RateLimitsTests.settings(10), transaction, Clock.systemUTC()) {
          @Override
          Optional<Credential> find(Digest token) {
            asking.release();
            try {
              answered.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
            return super.find(token);
          }
        };
    var crowded =
        new Credentials(slow, keys, stakes, jdbc, Clock.systemUTC(), RateLimitsTests.settings(10));
    List<Future<Optional<Credential>>> crowd = new ArrayList<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      try {
        for (int i = 0; i < 8; i++) {
          var token = session();
          crowd.add(threads.submit(() -> crowded.find(token)));
        }
        assertThat(asking.tryAcquire(8, 60, TimeUnit.SECONDS)).isTrue();

        assertThatThrownBy(() -> crowded.find(session()))
            .isInstanceOfSatisfying(
                Problem.class,
                refusal -> assertThat(refusal.type()).isEqualTo(ProblemType.UNAVAILABLE));
        assertThat(asking.availablePermits()).isZero();
      } finally {
        answered.countDown();
      }
      for (Future<Optional<Credential>> one : crowd) {
        assertThat(one.get()).isPresent();
      }
    }
    assertThat(crowded.find(session())).isPresent();
  }

  @Test
  void memory_stays_bounded_and_what_fell_out_is_found_again() {
    List<BearerToken> tokens = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      var token = session();
      tokens.add(token);
      assertThat(replica.find(token)).isPresent();
    }

    assertThat(replica.count()).isLessThanOrEqualTo(10);
    replica.forgetEnded();
    assertThat(tokens).allSatisfy(token -> assertThat(replica.find(token)).isPresent());
  }

  private BearerToken.SessionToken session() {
    var token = BearerToken.SessionToken.create(chance);
    byte[] address = new byte[20];
    chance.nextBytes(address);
    var wallet = new WalletAddress("0x" + HexFormat.of().formatHex(address));
    Optional<?> begun =
        sessions.begin(
            token.hash(), Caller.Audience.REQUESTER, wallet, wallet, nonces.create().nonce());
    assertThat(begun).isPresent();
    return token;
  }

  private int keys(String token) {
    return Http.send(port, "GET", "/api/keys", token, null).statusCode();
  }
}
