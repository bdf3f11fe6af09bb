package dev.assay.marketplace.offer;

import dev.assay.marketplace.platform.ByClock;
import dev.assay.marketplace.platform.GroupCommit;
import dev.assay.marketplace.platform.OneTrip;
import dev.assay.marketplace.platform.SqlArrays;
import dev.assay.marketplace.platform.Transactions;
import dev.assay.marketplace.platform.WhenChanged;
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
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * All offers, in PostgreSQL and, for quotes and matching, in memory. What another replica has
 * published is here within {@code marketplace.offer.refresh-every}.
 */
@Component
public class Offers implements ByClock, SmartInitializingSingleton, DisposableBean {
  private static final int TOGETHER = 128;
  private static final int QUEUED = 16_384;
  private static final long UNSEEN = -1;

  private final JdbcClient jdbc;
  private final ApplicationEventPublisher events;
  private final Clock clock;
  private final Map<WalletAddress, List<Offer>> byWorker = new ConcurrentHashMap<>();
  private final Map<Digest, PriceIndex> byModel = new ConcurrentHashMap<>();
  private final Set<WalletAddress> verifying = ConcurrentHashMap.newKeySet();
  private final GroupCommit<Published, Boolean> writing;
  private final ReentrantLock reading = new ReentrantLock();
  private long seen = UNSEEN;

  /** Whose offers were published here since the last look at what is stored. */
  private final Set<WalletAddress> publishedSince = new HashSet<>();

  private record Published(WalletAddress worker, List<Offer> offers, boolean verifies) {}

  Offers(
      JdbcClient jdbc,
      Transactions transactions,
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
    this.events = events;
    this.clock = clock;
    this.writing = new GroupCommit<>("offers", TOGETHER, QUEUED, transactions, this::record);
  }

  public List<Offer> of(WalletAddress worker) {
    return byWorker.getOrDefault(worker, List.of());
  }

  /** Everybody's, of one model. */
  public List<Offer> onMarket(Digest modelDigest) {
    PriceIndex index = byModel.get(modelDigest);
    return index == null ? List.of() : index.all();
  }

  /** The least that a job of so many units costs at those who {@code will} do it. */
  public Optional<TokenAmount> lowest(
      Digest modelDigest, long inputUnits, long outputUnits, Predicate<Offer> will) {
    return Optional.ofNullable(byModel.get(modelDigest))
        .flatMap(index -> index.lowest(inputUnits, outputUnits, will));
  }

  /** The most that it costs at those who {@code will} do it, or {@code enough} if that is less. */
  public Optional<TokenAmount> highest(
      Digest modelDigest,
      long inputUnits,
      long outputUnits,
      Predicate<Offer> will,
      TokenAmount enough) {
    return Optional.ofNullable(byModel.get(modelDigest))
        .flatMap(index -> index.highest(inputUnits, outputUnits, will, enough));
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

  /** Replaces what a worker sells, stored and in memory. */
  void publish(WalletAddress worker, List<Offer> offers, boolean verifies) {
    writing.commit(new Published(worker, List.copyOf(offers), verifies));
  }

  private Supplier<List<Boolean>> record(List<Published> group, OneTrip trip) {
    Map<WalletAddress, Published> last = new LinkedHashMap<>();
    group.forEach(published -> last.put(published.worker(), published));
    replace(List.copyOf(last.values()), trip);
    return () -> {
      // By the one thread that commits, before anybody is answered: memory changes in the order of
      // the commits.
      remember(last.values());
      return group.stream().map(_ -> true).toList();
    };
  }

  private void replace(List<Published> group, OneTrip trip) {
    // First: it lets one replica replace at a time, so that none meets the rows of another.
    trip.add("update offer_change set version = version + 1", Map.of());
    trip.add(
        "delete from offer where worker = any(:workers)",
        Map.of("workers", SqlArrays.texts(group, Published::worker)));
    List<Offer> offers = group.stream().flatMap(one -> one.offers().stream()).toList();
    List<Boolean> verifies =
        group.stream().flatMap(one -> one.offers().stream().map(_ -> one.verifies())).toList();
    trip.add(
        """
        insert into offer (worker, model_digest, profile, input_price, output_price, concurrency, region,
                           verifies, published_at)
        select unnest(:workers), unnest(:models), unnest(:profiles), unnest(:inputs::numeric[]),
               unnest(:outputs::numeric[]), unnest(:concurrency::int[]), unnest(:regions),
               unnest(:verifies::boolean[]), :now::timestamptz
        """,
        Map.of(
            "workers", SqlArrays.texts(offers, Offer::worker),
            "models", SqlArrays.digests(offers, Offer::modelDigest),
            "profiles", SqlArrays.texts(offers, offer -> offer.profile().label()),
            "inputs", SqlArrays.texts(offers, offer -> offer.inputPrice().perMillion()),
            "outputs", SqlArrays.texts(offers, offer -> offer.outputPrice().perMillion()),
            "concurrency", SqlArrays.texts(offers, Offer::concurrency),
            "regions", SqlArrays.texts(offers, Offer::region),
            "verifies", SqlArrays.texts(verifies, each -> each),
            "now", clock.instant().toString()));
  }

  private synchronized void remember(Collection<Published> group) {
    for (Published one : group) {
      publishedSince.add(one.worker());
      remember(one.worker(), one.offers(), one.verifies());
    }
    seen = UNSEEN; // another replica may have published for one of them since the commit
  }

  private void remember(WalletAddress worker, List<Offer> offers, boolean verifies) {
    if (verifies && !offers.isEmpty()) {
      verifying.add(worker);
    } else {
      verifying.remove(worker);
    }
    List<Offer> before = of(worker);
    if (offers.isEmpty()) {
      byWorker.remove(worker);
    } else {
      byWorker.put(worker, List.copyOf(offers));
    }
    // First what is new, so that nobody looks in between and finds a worker without an offer.
    offers.stream().filter(offer -> !before.contains(offer)).forEach(this::index);
    before.stream().filter(offer -> !offers.contains(offer)).forEach(this::dropFromIndex);
    events.publishEvent(new OffersPublished(worker, offers));
  }

  private void index(Offer offer) {
    byModel.computeIfAbsent(offer.modelDigest(), _ -> new PriceIndex()).add(offer);
  }

  private void dropFromIndex(Offer offer) {
    PriceIndex index = byModel.get(offer.modelDigest());
    if (index != null) {
      index.remove(offer);
    }
  }

  /** Before the first request is taken: it must not be told that nobody is here. */
  @Override
  public void afterSingletonsInstantiated() {
    refresh();
  }

  @WhenChanged
  @Scheduled(
      initialDelayString = "${marketplace.offer.refresh-every:2s}",
      fixedDelayString = "${marketplace.offer.refresh-every:2s}")
  void refresh() {
    reading.lock();
    try {
      long before;
      synchronized (this) {
        publishedSince.clear();
        before = seen;
      }
      long newest = jdbc.sql("select version from offer_change").query(Long.class).single();
      if (newest != before) {
        read(newest);
      }
    } finally {
      reading.unlock();
    }
  }

  @Override
  public synchronized Optional<Instant> due() {
    return seen == UNSEEN ? AGAIN : Optional.empty();
  }

  private void read(long newest) {
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
    replaceAll(stored, verifiers, newest);
  }

  /** But not by an older picture what was published here while it was read. */
  private synchronized void replaceAll(
      Map<WalletAddress, List<Offer>> stored, Set<WalletAddress> verifiers, long newest) {
    List<WalletAddress> gone =
        byWorker.keySet().stream()
            .filter(worker -> !stored.containsKey(worker) && !publishedSince.contains(worker))
            .toList();
    gone.forEach(worker -> remember(worker, List.of(), false));
    stored.forEach((worker, offers) -> {
      boolean verifies = verifiers.contains(worker);
      if (!publishedSince.contains(worker)
          && (!List.copyOf(offers).equals(byWorker.get(worker)) || verifies != verifies(worker))) {
        remember(worker, offers, verifies);
      }
    });
    seen = publishedSince.isEmpty() ? newest : UNSEEN;
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

  @Override
  public void destroy() {
    writing.close();
  }
}
