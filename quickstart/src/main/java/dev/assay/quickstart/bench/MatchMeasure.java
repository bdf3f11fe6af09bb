package dev.assay.quickstart.bench;

import dev.assay.marketplace.job.Checking;
import dev.assay.marketplace.job.Job;
import dev.assay.marketplace.job.Tier;
import dev.assay.marketplace.job.Verification;
import dev.assay.marketplace.job.Wishes;
import dev.assay.marketplace.matching.Exposure;
import dev.assay.marketplace.matching.Floor;
import dev.assay.marketplace.matching.FloorSources;
import dev.assay.marketplace.matching.InHand;
import dev.assay.marketplace.matching.OpenJob;
import dev.assay.marketplace.matching.Poll;
import dev.assay.marketplace.matching.Proposal;
import dev.assay.marketplace.offer.Offer;
import dev.assay.protocol.Digest;
import dev.assay.protocol.JobId;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.audit.TrackRecord;
import dev.assay.protocol.content.JobKind;
import dev.assay.protocol.content.ProfileClass;
import dev.assay.protocol.content.UnitPrice;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The market's own floor, filled with workers or with jobs, and asked for matches. */
public final class MatchMeasure {
  private static final Exposure GROWN = new Exposure(TokenAmount.ZERO, new TrackRecord(60, 60, 0));
  private static final Digest MODEL = Digest.keccak256(new byte[] {1});
  private static final Digest NONE = Digest.ZERO;
  private static final Instant NOON = Instant.parse("2026-11-23T12:00:00Z");
  private static final String[] REGIONS = {
    "eu", "us-east", "us-west", "asia", "af", "sa", "oc", "in"
  };
  private static final int REQUESTERS = 1_000;
  private static final long UNITS = 1_000;
  private static final int BATCH = 50;

  private final SplittableRandom chance;
  private final Map<WalletAddress, Participant> workers = new HashMap<>();
  private final List<Participant> parked = new ArrayList<>();
  private final InHand inHand = new InHand();
  private final Floor floor;

  /** Of whom the floor asked last: the last before a match is the one that was chosen. */
  private @Nullable WalletAddress lastAsked;

  private long serial;
  private long arrivals;

  private static final class Participant {
    private final Offer offer;
    private final TokenAmount stake;
    private final Duration pace;
    private Poll poll;
    private long arrival;

    Participant(Offer offer, TokenAmount stake, Duration pace) {
      this.offer = offer;
      this.stake = stake;
      this.pace = pace;
      this.poll = new Poll(offer.worker(), 1, Optional.empty());
    }

    long price() {
      return offer.inputPrice().perMillion().toBigInteger().longValueExact()
          + offer.outputPrice().perMillion().toBigInteger().longValueExact();
    }
  }

  public MatchMeasure(SplittableRandom chance) {
    this.chance = chance;
    this.floor =
        new Floor(
            new FloorSources(
                worker -> List.of(known(worker).offer),
                model -> workers.values().stream().map(worker -> worker.offer).toList(),
                worker -> {
                  lastAsked = worker;
                  return known(worker).stake;
                },
                _ -> GROWN,
                _ -> ""),
            inHand,
            Clock.fixed(NOON, ZoneOffset.UTC),
            new SimpleMeterRegistry());
  }

  /** In nanoseconds, on average. */
  public record Cost(double match, double park) {}

  /** One job after the other finds a worker among {@code count} that wait. */
  public Cost jobsToWorkers(int count, int matches) {
    enrol(count);
    jobsToWorkers(Math.min(matches, 10_000)); // warms up
    return jobsToWorkers(matches);
  }

  /** In batches, so that looking at the thread's clock costs nothing; each takes few workers. */
  private Cost jobsToWorkers(int matches) {
    long matching = 0;
    long parking = 0;
    @Nullable WalletAddress[] asked = new @Nullable WalletAddress[BATCH];
    for (int done = 0; done < matches; done += BATCH) {
      List<OpenJob> jobs = jobs();
      long start = cpuNanos();
      for (int i = 0; i < BATCH; i++) {
        lastAsked = null;
        floor.open(jobs.get(i));
        asked[i] = lastAsked;
      }
      matching += cpuNanos() - start;
      List<Participant> again = new ArrayList<>();
      for (int i = 0; i < BATCH; i++) {
        Participant chosen = takenFrom(jobs.get(i), asked[i]);
        if (chosen != null) {
          again.add(chosen);
        }
      }
      start = cpuNanos();
      again.forEach(this::park);
      parking += cpuNanos() - start;
    }
    return new Cost((double) matching / matches, (double) parking / matches);
  }

  /** One worker after the other finds a job among {@code count} that wait. */
  public Cost workersToJobs(int count, int matches) {
    for (int i = 0; i < count; i++) {
      floor.open(job());
    }
    for (int i = 0; i < 1_000; i++) {
      addWorker(worker());
    }
    List<Participant> asking = List.copyOf(workers.values());
    workersToJobs(asking, Math.min(matches, 10_000));
    return workersToJobs(asking, matches);
  }

  private Cost workersToJobs(List<Participant> asking, int matches) {
    long matching = 0;
    long opening = 0;
    for (int done = 0; done < matches; done += BATCH) {
      List<Participant> some = new ArrayList<>();
      for (int i = 0; i < BATCH; i++) {
        Participant worker = asking.get((done + i) % asking.size());
        worker.poll = new Poll(worker.offer.worker(), 1, Optional.empty());
        some.add(worker);
      }
      long start = cpuNanos();
      some.forEach(worker -> floor.park(worker.poll));
      matching += cpuNanos() - start;
      List<OpenJob> more = jobs();
      int taken = 0;
      for (Participant worker : some) {
        List<Proposal> proposals = floor.take(worker.poll);
        proposals.forEach(floor::done);
        taken += proposals.size();
      }
      start = cpuNanos();
      more.subList(0, taken).forEach(floor::open);
      opening += cpuNanos() - start;
    }
    return new Cost((double) matching / matches, (double) opening / matches);
  }

  private List<OpenJob> jobs() {
    List<OpenJob> jobs = new ArrayList<>(BATCH);
    for (int i = 0; i < BATCH; i++) {
      jobs.add(job());
    }
    return jobs;
  }

  /** Of this thread, so that others on the machine do not count. */
  private static long cpuNanos() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  /**
   * Compares the floor's choice with that of a search through all workers.
   *
   * @return how many of {@code matches} were worse, or missing though there was one
   */
  public int regrets(int count, int matches) {
    enrol(count);
    int worse = 0;
    for (int i = 0; i < matches; i++) {
      OpenJob job = job();
      Optional<Participant> best =
          parked.stream().filter(worker -> mayHave(job, worker)).min(order(job));
      lastAsked = null;
      floor.open(job);
      Participant chosen = takenFrom(job, lastAsked);
      if (best.isPresent() ? chosen != best.get() : chosen != null) {
        worse++;
      }
      if (chosen == null) {
        floor.withdraw(job.job().id());
      } else {
        park(chosen);
      }
    }
    return worse;
  }

  private static boolean mayHave(OpenJob open, Participant worker) {
    Job job = open.job();
    Wishes wishes = job.wishes();
    TokenAmount price = worker.offer.priceOf(job.inputUnits(), job.outputUnits());
    return (wishes.only().isEmpty() || wishes.only().contains(worker.offer.worker()))
        && !wishes.ignore().contains(worker.offer.worker())
        && (wishes.regions().isEmpty() || wishes.regions().contains(worker.offer.region()))
        && price.compareTo(job.maxPrice()) <= 0
        && worker.stake.compareTo(wishes.minStake()) >= 0;
  }

  private static Comparator<Participant> order(OpenJob open) {
    Comparator<Participant> cheapest =
        Comparator.comparingLong(Participant::price).thenComparingLong(worker -> worker.arrival);
    return switch (open.job().wishes().sort()) {
      case PRICE -> cheapest;
      case LATENCY ->
          Comparator.<Participant, Duration>comparing(worker -> worker.pace)
              .thenComparing(cheapest);
      case STAKE ->
          Comparator.<Participant, TokenAmount>comparing(worker -> worker.stake)
              .reversed()
              .thenComparing(cheapest);
    };
  }

  private void enrol(int count) {
    while (workers.size() < count) {
      Participant worker = worker();
      addWorker(worker);
      inHand.took(worker.offer, worker.pace, true);
      park(worker);
      parked.add(worker);
    }
  }

  private void park(Participant worker) {
    worker.poll = new Poll(worker.offer.worker(), 1, Optional.empty());
    worker.arrival = arrivals++;
    floor.park(worker.poll);
  }

  /** Who was given the job, no longer waiting and with nothing in hand; null if nobody was. */
  private @Nullable Participant takenFrom(OpenJob job, @Nullable WalletAddress lastAskedThen) {
    if (lastAskedThen == null) {
      floor.withdraw(job.job().id());
      return null;
    }
    Participant asked = known(lastAskedThen);
    // Only the chosen one has a proposal; anybody else must not be taken off the floor.
    if (inHand.atRisk(asked.offer.worker()).isZero()) {
      floor.withdraw(job.job().id());
      return null;
    }
    floor.take(asked.poll).forEach(floor::done);
    return asked;
  }

  private void addWorker(Participant worker) {
    workers.put(worker.offer.worker(), worker);
  }

  private Participant known(WalletAddress worker) {
    return Objects.requireNonNull(workers.get(worker));
  }

  private Participant worker() {
    // As a hash has them: numbers in a row share the hash codes of their strings, which no real
    // ones
    // do.
    var address =
        new WalletAddress(
            "0x%08x%016x%016x".formatted(chance.nextInt(), chance.nextLong(), chance.nextLong()));
    return new Participant(
        new Offer(
            address,
            MODEL,
            ProfileClass.F32_CPU,
            new UnitPrice(TokenAmount.of(10_000 + chance.nextInt(100_000))),
            UnitPrice.FREE,
            4,
            REGIONS[chance.nextInt(REGIONS.length)]),
        TokenAmount.of(1_000_000_000L + chance.nextInt(1_000_000_000)),
        Duration.ofNanos(1_000_000 + chance.nextInt(1_000_000_000)));
  }

  /** Most want any worker, some one of a region, some a large stake, some a low price. */
  private OpenJob job() {
    Wishes.Sort sort = Wishes.Sort.values()[chance.nextInt(3)];
    TreeSet<String> regions = new TreeSet<>();
    if (chance.nextInt(4) == 0) {
      regions.add(REGIONS[chance.nextInt(REGIONS.length)]);
    }
    TokenAmount stake =
        chance.nextInt(8) == 0
            ? TokenAmount.of(1_900_000_000L + chance.nextInt(100_000_000))
            : TokenAmount.ZERO;
    long maxPrice = chance.nextInt(8) == 0 ? 10 + chance.nextInt(10) : 1_000_000;
    var id = new JobId(new UUID(7L << 12, serial++));
    return new OpenJob(
        new Job(
            id,
            Digest.of(ByteBuffer.allocate(32).putLong(serial).array()),
            new WalletAddress("0x%040x".formatted(1 + chance.nextInt(REQUESTERS))),
            MODEL,
            JobKind.EMBEDDINGS,
            NONE,
            NONE,
            new Checking(2, Verification.SPOT, NONE),
            TokenAmount.of(maxPrice),
            UNITS,
            0,
            Tier.STANDARD,
            new Wishes(sort, new TreeSet<>(), new TreeSet<>(), regions, stake),
            NOON.plusSeconds(600),
            NOON,
            Optional.empty(),
            ""),
        1,
        Set.of());
  }
}
