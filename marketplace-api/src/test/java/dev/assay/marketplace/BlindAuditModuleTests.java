package dev.assay.marketplace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.marketplace.audit.TestCourt;
import dev.assay.protocol.JobId;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.wire.Lease;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.json.JsonMapper;

/**
 * A worker that keeps every lease it has had, is told afterwards which were audits, and learns from
 * that, does no better on the next ones than by tossing a coin.
 */
@MarketModuleTest
@Timeout(300)
class BlindAuditModuleTests {
  private static final int OF_EACH = 800;
  private static final int LEARNT = 200;
  private static final int CANARIES = 100;

  /** Four standard deviations of what chance makes of so many. */
  private static final double MOST = 0.57;

  private final TestMarket market;
  private final TestCourt court;
  private final JdbcClient jdbc;
  private final JsonMapper json;
  private final RandomGenerator chance = RandomGeneratorFactory.of("L64X128MixRandom").create(7);

  BlindAuditModuleTests(
      @Autowired TestMarket market,
      @Autowired TestCourt court,
      @Autowired JdbcClient jdbc,
      @Autowired JsonMapper json) {
    this.market = market;
    this.court = court;
    this.jdbc = jdbc;
    this.json = json;
  }

  /** A lease as its worker sees it, and what it does not see. */
  private record Seen(double[] features, boolean isAudit) {}

  @Test
  void no_classifier_tells_audits_and_canaries_from_jobs_by_their_leases() throws Exception {
    market.opens();
    TestRequester requester = market.requester(10_000_000_000L);
    TestWorker curious = market.worker().verifies(1_000_000);
    TestWorker other = market.worker().verifies(1_000_000);

    // What the other does will be audited by the curious one, which has jobs of its own besides.
    List<JobId> posted = post(requester, other, OF_EACH);
    for (int done = 0; done < OF_EACH; ) {
      List<Lease> leases = other.asks(64, "10s").leases();
      leases.forEach(lease -> other.sends(other.result(lease)));
      done += leases.size();
    }
    long epoch = court.closes();
    assertThat(court.seals(epoch)).isTrue();
    court.draws();
    // Canaries are among what it is to tell, too.
    var purse = new WalletAddress(MarketModuleTest.PURSE);
    posted.stream()
        .limit(CANARIES)
        .forEach(source -> court.buysCanary(source, curious.address(), purse));
    List<Lease> leases = new ArrayList<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<?> posting = threads.submit(() -> post(requester, curious, OF_EACH));
      // Bounded by the test's timeout: each poll waits for work.
      while (leases.size() < 2 * OF_EACH + CANARIES) {
        for (Lease lease : curious.asks(64, "2s").leases()) {
          leases.add(lease);
          curious.sends(curious.result(lease));
        }
      }
      posting.get();
    }
    List<Seen> seen = leases.stream().map(this::seen).toList();
    List<Seen> audits = pick(seen, true);
    List<Seen> jobs = pick(seen, false);
    assertThat(audits.size()).isGreaterThanOrEqualTo(OF_EACH);
    assertThat(jobs.size()).isGreaterThanOrEqualTo(OF_EACH);

    double[] weights = learn(audits.subList(0, LEARNT), jobs.subList(0, LEARNT));
    double auc =
        auc(
            audits.subList(LEARNT, OF_EACH).stream().map(it -> score(weights, it)).toList(),
            jobs.subList(LEARNT, OF_EACH).stream().map(it -> score(weights, it)).toList());

    assertThat(auc).isLessThanOrEqualTo(MOST);
    // The classifier is no straw man: a single feature that differs, and it finds it.
    double[] tell = learn(told(audits.subList(0, LEARNT)), jobs.subList(0, LEARNT));
    assertThat(
            auc(
                told(audits.subList(LEARNT, OF_EACH)).stream().map(it -> score(tell, it)).toList(),
                jobs.subList(LEARNT, OF_EACH).stream().map(it -> score(tell, it)).toList()))
        .isGreaterThan(0.9);
  }

  @AfterEach
  void leave() {
    market.closes();
  }

  private List<Seen> pick(List<Seen> seen, boolean isAudit) {
    List<Seen> some = new ArrayList<>(seen.stream().filter(it -> it.isAudit() == isAudit).toList());
    Collections.shuffle(some, Random.from(chance));
    return some;
  }

  /** As if an audit had a second more until its deadline. */
  private static List<Seen> told(List<Seen> audits) {
    return audits.stream()
        .map(it -> {
          double[] features = it.features().clone();
          features[2] += 1;
          return new Seen(features, true);
        })
        .toList();
  }

  private List<JobId> post(TestRequester requester, TestWorker to, int count) {
    List<JobId> posted = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String body =
          """
          {"model":"all-minilm-l6-v2","input":{"kind":"embeddings","texts":["%s"]},"provider":{"only":["%s"]}}\
          """
              .formatted("text ".repeat(1 + chance.nextInt(20)) + i, to.address());
      posted.add(JobId.parse(requester.posts(body)));
    }
    return posted;
  }

  /** All that a lease shows: its size, each number in it, and bytes of what looks like chance. */
  private Seen seen(Lease lease) {
    var assignment = lease.assignment();
    byte[] id = assignment.jobId().toBytes();
    byte[] spec = assignment.spec().toBytes();
    double[] features = {
      json.writeValueAsString(lease).getBytes(StandardCharsets.UTF_8).length,
      assignment.price().toBigInteger().doubleValue(),
      assignment.deadline() - assignment.assignedAt(),
      assignment.bond().toBigInteger().doubleValue(),
      assignment.attempt(),
      assignment.method(),
      lease.heartbeatSeconds(),
      id[0],
      id[31],
      spec[0],
      spec[31]
    };
    String requester =
        jdbc.sql("select requester from job where signed_id = :id")
            .param("id", id)
            .query(String.class)
            .single();
    return new Seen(features, requester.equals(MarketModuleTest.PURSE));
  }

  /** Logistic regression over features of mean 0 and deviation 1; the last weight stands alone. */
  private static double[] learn(List<Seen> audits, List<Seen> jobs) {
    List<Seen> all = new ArrayList<>(audits);
    all.addAll(jobs);
    int n = all.getFirst().features().length;
    double[] mean = new double[n];
    double[] deviation = new double[n];
    for (int f = 0; f < n; f++) {
      int feature = f;
      mean[f] = all.stream().mapToDouble(it -> it.features()[feature]).average().orElseThrow();
      double variance =
          all.stream()
              .mapToDouble(it -> Math.pow(it.features()[feature] - mean[feature], 2))
              .average()
              .orElseThrow();
      deviation[f] = Math.max(1e-9, Math.sqrt(variance));
    }
    double[] weights = new double[n];
    double own = 0;
    for (int step = 0; step < 500; step++) {
      double[] gradient = new double[n];
      double ownGradient = 0;
      for (Seen it : all) {
        double sum = own;
        for (int f = 0; f < n; f++) {
          sum += weights[f] * (it.features()[f] - mean[f]) / deviation[f];
        }
        double error = (it.isAudit() ? 1 : 0) - 1 / (1 + Math.exp(-sum));
        for (int f = 0; f < n; f++) {
          gradient[f] += error * (it.features()[f] - mean[f]) / deviation[f];
        }
        ownGradient += error;
      }
      for (int f = 0; f < n; f++) {
        weights[f] += gradient[f] / all.size();
      }
      own += ownGradient / all.size();
    }
    return IntStream.range(0, n).mapToDouble(f -> weights[f] / deviation[f]).toArray();
  }

  private static double score(double[] weights, Seen seen) {
    return IntStream.range(0, weights.length)
        .mapToDouble(f -> weights[f] * seen.features()[f])
        .sum();
  }

  /** The probability that an audit scores above a job; half where they are even. */
  private static double auc(List<Double> audits, List<Double> jobs) {
    List<Double> sorted = jobs.stream().sorted(Comparator.naturalOrder()).toList();
    double above = 0;
    for (double audit : audits) {
      long less = sorted.stream().filter(job -> job < audit).count();
      long even = sorted.stream().filter(job -> job == audit).count();
      above += less + even / 2.0;
    }
    return above / audits.size() / jobs.size();
  }
}
