package dev.assay.marketplace.offer;

import dev.assay.marketplace.platform.SqlArrays;
import dev.assay.protocol.Digest;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.content.ProfileClass;
import dev.assay.protocol.content.UnitPrice;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionOperations;

/**
 * All offers, in PostgreSQL and, for quotes and matching, in memory. What another replica has
 * published is here within {@code marketplace.offer.refresh-every}.
 */
@Component
public class Offers implements SmartInitializingSingleton {
  private final JdbcClient jdbc;
  private final TransactionOperations transaction;
  private final ApplicationEventPublisher events;
  private final Clock clock;
  private final Map<WalletAddress, List<Offer>> byWorker = new ConcurrentHashMap<>();
  private final Set<WalletAddress> verifying = ConcurrentHashMap.newKeySet();
  private long seen = -1;

  Offers(
      JdbcClient jdbc,
      TransactionOperations transaction,
      ApplicationEventPublisher events,
      Clock clock,
      MeterRegistry meters) {
    Gauge.builder("market.workers", byWorker, Map::size)
        .description("Workers by what they are; the same at each replica")
        .tag("are", "offering")
        .register(meters);
    Gauge.builder("market.workers", verifying, Set::size)
        .description("Workers by what they are; the same at each replica")
        .tag("are", "verifying")
        .register(meters);
    this.jdbc = jdbc;
    this.transaction = transaction;
    this.events = events;
    this.clock = clock;
  }

  public List<Offer> of(WalletAddress worker) {
    return byWorker.getOrDefault(worker, List.of());
  }

  /** Everybody's, of one model. */
  public List<Offer> onMarket(Digest modelDigest) {
    return byWorker.values().stream()
        .flatMap(List::stream)
        .filter(offer -> offer.modelDigest().equals(modelDigest))
        .toList();
  }

  /** Whether a worker sells something and may be drawn to check others' results. */
  public boolean verifies(WalletAddress worker) {
    return verifying.contains(worker);
  }

  /** All that may be drawn, with what they sell. */
  public Map<WalletAddress, List<Offer>> ofVerifiers() {
    Map<WalletAddress, List<Offer>> offers = new HashMap<>();
    for (WalletAddress worker : verifying) {
      offers.put(worker, of(worker));
    }
    return offers;
  }

  /**
   * Replaces what a worker sells. Not while what is stored is being read: an older picture must not
   * replace this in memory.
   */
  synchronized void publish(WalletAddress worker, List<Offer> offers, boolean verifies) {
    transaction.executeWithoutResult(_ -> replace(worker, offers, verifies));
    remember(worker, offers, verifies);
  }

  private void replace(WalletAddress worker, List<Offer> offers, boolean verifies) {
    // First: it lets one replacement in at a time, so that none meets the rows of another.
    jdbc.sql("update offer_change set version = version + 1").update();
    jdbc.sql("delete from offer where worker = :worker").param("worker", worker.hex()).update();
    jdbc.sql(
            """
            insert into offer (worker, model_digest, profile, input_price, output_price, concurrency, region,
                               verifies, published_at)
            select :worker, o.model, o.profile, o.input, o.output, o.concurrency, o.region, :verifies, :now
            from unnest(:models, :profiles, :inputs::numeric[], :outputs::numeric[], :concurrency::int[], :regions)
                 as o (model, profile, input, output, concurrency, region)
            """)
        .param("worker", worker.hex())
        .param("verifies", verifies)
        .param("models", SqlArrays.digests(offers, Offer::modelDigest))
        .param("profiles", SqlArrays.texts(offers, offer -> offer.profile().label()))
        .param("inputs", SqlArrays.texts(offers, offer -> offer.inputPrice().perMillion()))
        .param("outputs", SqlArrays.texts(offers, offer -> offer.outputPrice().perMillion()))
        .param("concurrency", SqlArrays.texts(offers, Offer::concurrency))
        .param("regions", SqlArrays.texts(offers, Offer::region))
        .param("now", clock.instant().atOffset(ZoneOffset.UTC))
        .update();
  }

  private void remember(WalletAddress worker, List<Offer> offers, boolean verifies) {
    if (verifies && !offers.isEmpty()) {
      verifying.add(worker);
    } else {
      verifying.remove(worker);
    }
    if (offers.isEmpty()) {
      byWorker.remove(worker);
    } else {
      byWorker.put(worker, List.copyOf(offers));
    }
    events.publishEvent(new OffersPublished(worker, offers));
  }

  /** Before the first request is taken: it must not be told that nobody is here. */
  @Override
  public void afterSingletonsInstantiated() {
    refresh();
  }

  @Scheduled(
      initialDelayString = "${marketplace.offer.refresh-every:2s}",
      fixedDelayString = "${marketplace.offer.refresh-every:2s}")
  synchronized void refresh() {
    long newest = jdbc.sql("select version from offer_change").query(Long.class).single();
    if (newest == seen) {
      return;
    }
    Map<WalletAddress, List<Offer>> stored = new HashMap<>();
    Set<WalletAddress> verifiers = new HashSet<>();
    jdbc.sql("select * from offer")
        .query(row -> {
          Offer offer = read(row);
          stored.computeIfAbsent(offer.worker(), _ -> new ArrayList<>()).add(offer);
          if (row.getBoolean("verifies")) {
            verifiers.add(offer.worker());
          }
        });
    List<WalletAddress> gone =
        byWorker.keySet().stream().filter(worker -> !stored.containsKey(worker)).toList();
    gone.forEach(worker -> remember(worker, List.of(), false));
    stored.forEach((worker, offers) -> {
      boolean verifies = verifiers.contains(worker);
      if (!List.copyOf(offers).equals(byWorker.get(worker)) || verifies != verifies(worker)) {
        remember(worker, offers, verifies);
      }
    });
    seen = newest;
  }

  private static Offer read(ResultSet row) throws SQLException {
    return new Offer(
        new WalletAddress(row.getString("worker")),
        Digest.of(row.getBytes("model_digest")),
        ProfileClass.parse(row.getString("profile")),
        new UnitPrice(TokenAmount.parse(row.getString("input_price"))),
        new UnitPrice(TokenAmount.parse(row.getString("output_price"))),
        row.getInt("concurrency"),
        row.getString("region"));
  }
}
