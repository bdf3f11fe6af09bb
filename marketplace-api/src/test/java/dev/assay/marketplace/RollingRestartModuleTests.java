package dev.assay.marketplace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.assay.marketplace.identity.TestWallet;
import dev.assay.marketplace.platform.SchemaMigration;
import dev.assay.marketplace.purse.Purse;
import dev.assay.marketplace.purse.RecordPurse;
import dev.assay.protocol.TokenAmount;
import dev.assay.quickstart.stack.testing.BackingServices;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.boot.kafka.autoconfigure.KafkaConnectionDetails;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * What the chart's rolling update does: a new replica takes requests before an old one is left out,
 * and the old one is asked to stop when what was on its way to it has arrived.
 */
@EnabledIfSystemProperty(named = "assay.nightly", matches = "true") // starts the market four times
class RollingRestartModuleTests {
  private static final int REQUESTERS = 6;
  private static final String JOB =
      """
      {"model":"all-minilm-l6-v2","tier":"batch","input":{"kind":"embeddings","texts":["a drill"]}}\
      """;

  private final List<Replica> rotation = new CopyOnWriteArrayList<>();
  private final Map<Replica, AtomicInteger> onTheWay = new ConcurrentHashMap<>();
  private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
  private final AtomicInteger answered = new AtomicInteger();
  private final AtomicInteger turn = new AtomicInteger();

  /** A process in miniature: all of the market but its servers. */
  private record Replica(ConfigurableApplicationContext context, int port) {}

  @Test
  void every_request_is_answered_while_one_replica_after_the_other_is_replaced() throws Exception {
    try (var owner =
            new SpringApplicationBuilder(SchemaMigration.class, BackingServices.class)
                .web(WebApplicationType.NONE)
                .run();
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Replica> old = List.of(start(owner), start(owner));
      rotation.addAll(old);
      int port = old.getFirst().port();
      TestWallet seller = stakedWorker(old.getFirst());
      new TestWorker(port, seller.address(), seller).offers(1_000_000);
      // Its offers are heard of by the other within two seconds.
      await()
          .until(() ->
              Http.send(old.getLast().port(), "GET", "/api/models/all-minilm-l6-v2", "", null)
                  .body()
                  .contains("\"workers\":1"));
      // And one that sells nothing, so that it waits.
      String workersToken = stakedWorker(old.getFirst()).signInAsWorker(port);
      AtomicBoolean isOver = new AtomicBoolean();
      List<Future<?>> load = new ArrayList<>();
      for (int i = 0; i < REQUESTERS; i++) {
        String token = requester(old.getFirst());
        load.add(threads.submit(() -> ask(token, isOver)));
      }
      load.add(threads.submit(() -> poll(workersToken, isOver)));
      await().until(() -> answered.get() > 200);

      for (Replica one : old) {
        rotation.add(start(owner));
        rotation.remove(one);
        await().until(() -> count(one).get() == 0);
        one.context().close(); // a worker waits there, whose poll is answered
        int before = answered.get();
        await().atMost(Duration.ofSeconds(30)).until(() -> answered.get() > before + 200);
      }
      isOver.set(true);
      for (Future<?> one : load) {
        one.get();
      }

      System.getLogger("drill").log(System.Logger.Level.INFO, "{0} answered", answered.get());
      assertThat(failures).isEmpty();
      rotation.forEach(replica -> replica.context().close());
    }
  }

  private void ask(String token, AtomicBoolean isOver) {
    while (!isOver.get()) {
      Replica replica = next();
      count(replica).incrementAndGet();
      try {
        int read = Http.status(replica.port(), "GET", "/api/account", token, null);
        int written = Http.status(replica.port(), "POST", "/api/jobs", token, JOB);
        if (read >= 300 || written >= 300) {
          failures.add("%d, %d".formatted(read, written));
        }
        answered.addAndGet(2);
      } catch (AssertionError notAnswered) {
        failures.add(notAnswered.toString());
      } finally {
        count(replica).decrementAndGet();
      }
    }
  }

  /** Longer than a replica lives: a stop answers it. */
  private void poll(String token, AtomicBoolean isOver) {
    while (!isOver.get()) {
      Replica replica = next();
      try {
        int status = TestWorker.polls(replica.port(), token, "5s", Map.of()).statusCode();
        if (status >= 300) {
          failures.add("poll " + status);
        }
        answered.incrementAndGet();
      } catch (AssertionError notAnswered) {
        failures.add(notAnswered.toString());
      }
    }
  }

  private Replica next() {
    List<Replica> now = List.copyOf(rotation);
    return now.get(Math.floorMod(turn.getAndIncrement(), now.size()));
  }

  private AtomicInteger count(Replica replica) {
    return onTheWay.computeIfAbsent(replica, _ -> new AtomicInteger());
  }

  private static Replica start(ConfigurableApplicationContext owner) {
    var database = owner.getBean(JdbcConnectionDetails.class);
    var context =
        new SpringApplicationBuilder(MarketplaceApplication.class)
            .run(
                "--server.port=0",
                "--management.server.port=0",
                "--marketplace.identity.origins=" + TestWallet.ORIGIN,
                "--marketplace.identity.rates.per-address=60000000",
                "--marketplace.identity.rates.requester=60000000",
                "--marketplace.identity.rates.worker=60000000",
                "--marketplace.job.open-per-requester=1000000",
                "--spring.datasource.url=" + database.getJdbcUrl(),
                "--spring.datasource.username=" + database.getUsername(),
                "--spring.datasource.password=" + database.getPassword(),
                "--spring.kafka.listener.auto-startup=false",
                "--spring.kafka.bootstrap-servers="
                    + String.join(
                        ",", owner.getBean(KafkaConnectionDetails.class).getBootstrapServers()));
    return new Replica(
        context, context.getEnvironment().getRequiredProperty("local.server.port", Integer.class));
  }

  private static String requester(Replica at) {
    TestWallet requester = TestWallet.create();
    at.context()
        .getBean(RecordPurse.class)
        .record(
            new Purse(
                requester.address(),
                TokenAmount.of(100_000_000_000L),
                TokenAmount.of(100_000_000_000L),
                TokenAmount.ZERO,
                TokenAmount.ZERO,
                1));
    return requester.signIn(at.port());
  }

  private static TestWallet stakedWorker(Replica at) {
    TestWallet worker = TestWallet.create();
    at.context()
        .getBean(JdbcClient.class)
        .sql(
            """
            insert into stake (worker, bonded, thawing, frozen, position) values (:address, 1000000000, 0, 0, 1);
            insert into session_key (key, worker, position) values (:address, :address, 1);
            update stake_change set version = version + 1;
            """)
        .param("address", worker.address().hex())
        .update();
    await()
        .until(() -> {
          try {
            worker.signInAsWorker(at.port());
            return true;
          } catch (AssertionError notYetKnown) {
            return false;
          }
        });
    return worker;
  }
}
