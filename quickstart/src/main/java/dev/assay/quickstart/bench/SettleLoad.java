package dev.assay.quickstart.bench;

import dev.assay.determinism.Ids;
import dev.assay.protocol.BasisPoints;
import dev.assay.protocol.Digest;
import dev.assay.protocol.EpochSeal;
import dev.assay.protocol.EventId;
import dev.assay.protocol.JobId;
import dev.assay.protocol.LocalSigner;
import dev.assay.protocol.MerkleTree;
import dev.assay.protocol.ResultAttestation;
import dev.assay.protocol.SealLeaf;
import dev.assay.protocol.SealedLeaf;
import dev.assay.protocol.SessionKeyConsent;
import dev.assay.protocol.SignedAttestation;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.chain.Chain;
import dev.assay.protocol.chain.Sender;
import dev.assay.protocol.deploy.Deployment;
import dev.assay.protocol.event.EpochClosed;
import dev.assay.protocol.event.EpochDrawn;
import dev.assay.protocol.event.EpochSealed;
import dev.assay.protocol.event.EventTopics;
import dev.assay.protocol.event.JobCleared;
import dev.assay.protocol.event.JobSettled;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.random.RandomGenerator;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import tools.jackson.databind.json.JsonMapper;

/**
 * A market's side of settlement: people with purses and stakes on the chain, an epoch of results
 * that they signed, and the events of both on Kafka, as the API writes and reads them.
 */
public final class SettleLoad implements AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final TokenAmount PURSE = TokenAmount.of(1_000_000_000);
  private static final TokenAmount BOND = TokenAmount.of(500_000_000);
  private static final BasisPoints EARNED = new BasisPoints(9_500);
  private static final int PARTITIONS = 6;
  private static final Duration PATIENCE = Duration.ofMinutes(10);
  private static final Duration POLL = Duration.ofMillis(50);

  private final Chain chain;
  private final Deployment market;
  private final RandomGenerator chance;
  private final Ids ids;
  private final KafkaProducer<String, byte[]> producer;
  private final KafkaConsumer<String, byte[]> consumer;
  private final List<SignedAttestation> results = new ArrayList<>();
  private final List<SealLeaf> leaves = new ArrayList<>();
  private MerkleTree tree = MerkleTree.of(List.of(Digest.ZERO));
  private int cleared;
  private EpochSeal epochSeal =
      new EpochSeal(
          1,
          Digest.ZERO,
          Digest.ZERO,
          1,
          TokenAmount.ZERO,
          Digest.ZERO,
          Digest.ZERO,
          0,
          Digest.ZERO);

  public SettleLoad(
      Chain chain, Deployment market, String brokers, RandomGenerator chance, Clock clock)
      throws InterruptedException {
    this.chain = chain;
    this.market = market;
    this.chance = chance;
    this.ids = new Ids(clock, chance);
    PeerLogs.silence();
    makeTopics(brokers);
    this.producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", brokers, "acks", "all", "linger.ms", "5"),
            new StringSerializer(),
            new ByteArraySerializer());
    this.consumer =
        new KafkaConsumer<>(
            Map.of(
                "bootstrap.servers",
                brokers,
                "group.id",
                "bench",
                "auto.offset.reset",
                "earliest",
                "metadata.max.age.ms",
                "1000"),
            new StringDeserializer(),
            new ByteArrayDeserializer());
    consumer.subscribe(List.of(EpochSealed.TOPIC, EpochDrawn.TOPIC, JobSettled.TOPIC));
  }

  private static void makeTopics(String brokers) throws InterruptedException {
    try (var admin = Admin.create(Map.of("bootstrap.servers", brokers))) {
      admin
          .createTopics(
              EventTopics.OF_MARKET.stream()
                  .map(name -> new NewTopic(name, PARTITIONS, (short) 1))
                  .toList())
          .all()
          .get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("making Kafka's topics", e.getCause());
    }
  }

  /**
   * Gives each requester a purse and each worker a stake, a key and an account.
   *
   * @param wallets that have gas
   */
  public void join(List<LocalSigner> requesters, List<LocalSigner> workers, int jobs) {
    List<LocalSigner> keys = new ArrayList<>();
    for (LocalSigner requester : requesters) {
      var sender = sender(requester);
      sender.send(market.tokenContract().mint(requester.address(), PURSE.times(2)));
      sender.send(market.tokenContract().approve(market.escrow(), PURSE));
      sender.send(market.escrowContract().deposit(requester.address(), PURSE).call());
      var account = chain.read(market.escrowContract().idOf(requester.address()));
      sender.send(market.escrowContract().authorize(account, PURSE));
    }
    for (LocalSigner worker : workers) {
      var sender = sender(worker);
      var key = LocalSigner.create(chance);
      sender.send(market.tokenContract().mint(worker.address(), BOND.times(2)));
      sender.send(market.tokenContract().approve(market.stake(), BOND));
      sender.send(market.stakeContract().bond(worker.address(), BOND));
      var consent = new SessionKeyConsent(worker.address(), key.address(), Long.MAX_VALUE >> 24);
      sender.send(market.stakeContract().bindKey(consent, key.sign(consent, market.stakeDomain())));
      sender.send(market.escrowContract().open(worker.address()).call());
      keys.add(key);
    }
    for (int i = 0; i < jobs; i++) {
      int worker = i % workers.size();
      work(requesters.get(i % requesters.size()), workers.get(worker), keys.get(worker));
    }
    tree = MerkleTree.of(leaves.stream().map(SealLeaf::hash).toList());
  }

  private Sender sender(LocalSigner wallet) {
    return new Sender(chain, wallet, Duration.ofMillis(2), 10_000);
  }

  private void work(LocalSigner requester, LocalSigner worker, LocalSigner key) {
    var attestation =
        new ResultAttestation(
            new JobId(ids.next()).of(requester.address()),
            1,
            digest(),
            worker.address(),
            digest(),
            digest(),
            digest(),
            digest(),
            digest(),
            Digest.ZERO,
            1,
            12,
            34,
            1,
            1_700_000_000);
    results.add(new SignedAttestation(attestation, key.sign(attestation, market.courtDomain())));
    leaves.add(
        new SealLeaf(
            attestation.digest(market.courtDomain()),
            worker.address(),
            requester.address(),
            TokenAmount.of(1_000 + chance.nextInt(1_000)),
            BasisPoints.ZERO));
  }

  private Digest digest() {
    byte[] bytes = new byte[Digest.SIZE];
    chance.nextBytes(bytes);
    return Digest.of(bytes);
  }

  /** Has the epoch of all the jobs sealed and drawn. */
  public void seal() {
    TokenAmount total =
        leaves.stream().map(SealLeaf::price).reduce(TokenAmount.ZERO, TokenAmount::plus);
    epochSeal = seal(1, tree.root(), Digest.ZERO, leaves.size(), total).epochSeal();
  }

  /**
   * Has another epoch sealed, whose results nobody claims: the first uses storage that was empty.
   *
   * @return hash of the transaction that posted the seal
   */
  public Digest sealAnother() {
    return seal(2, digest(), tree.root(), 1, TokenAmount.of(1)).transaction();
  }

  private EpochSealed seal(
      long epoch, Digest root, Digest prevRoot, long count, TokenAmount totalPrice) {
    say(
        EpochClosed.TOPIC,
        "" + epoch,
        new EpochClosed(
            new EventId(ids.next()),
            Instant.EPOCH,
            epoch,
            root,
            prevRoot,
            count,
            totalPrice,
            Digest.ZERO,
            Digest.ZERO,
            0,
            ""));
    producer.flush();
    List<EpochSealed> sealed = new ArrayList<>();
    List<EpochDrawn> drawn = new ArrayList<>();
    Heard heard =
        (topic, body) -> {
          if (topic.equals(EpochSealed.TOPIC)) {
            sealed.add(JSON.readValue(body, EpochSealed.class));
          } else if (topic.equals(EpochDrawn.TOPIC)) {
            drawn.add(JSON.readValue(body, EpochDrawn.class));
          }
          return sealed.stream().anyMatch(s -> s.epochSeal().epoch() == epoch)
              && drawn.stream().anyMatch(d -> d.epoch() == epoch);
        };
    hear(heard);
    return sealed.stream().filter(s -> s.epochSeal().epoch() == epoch).findFirst().orElseThrow();
  }

  /**
   * What became of some jobs.
   *
   * @param seconds from the first that was cleared to the last that was told to be paid
   * @param transactions that paid them
   */
  public record Settled(double seconds, Set<Digest> transactions) {}

  /** Clears so many of the jobs and waits until each is told to be paid. */
  public Settled settle(int jobs) {
    long start = System.nanoTime();
    Set<Digest> waiting = new HashSet<>();
    for (int i = 0; i < jobs; i++) {
      SignedAttestation result = results.get(cleared);
      SealLeaf leaf = leaves.get(cleared);
      cleared++;
      waiting.add(result.attestation().jobId());
      say(
          JobCleared.TOPIC,
          result.attestation().jobId().toString(),
          new JobCleared(
              new EventId(ids.next()),
              Instant.EPOCH,
              result,
              new SealedLeaf(epochSeal, leaf, tree.proof(leaf.hash())),
              leaf.price().share(EARNED),
              ""));
    }
    producer.flush();
    Set<Digest> transactions = new HashSet<>();
    hear((topic, body) -> {
      if (topic.equals(JobSettled.TOPIC)) {
        JobSettled event = JSON.readValue(body, JobSettled.class);
        if (waiting.remove(event.leaf().jobId())) {
          transactions.add(event.transaction());
        }
      }
      return waiting.isEmpty();
    });
    return new Settled((System.nanoTime() - start) / 1e9, Set.copyOf(transactions));
  }

  /** Whether nothing more is waited for. */
  private interface Heard {
    boolean isLast(String topic, byte[] body);
  }

  private void hear(Heard heard) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    boolean isOver = false;
    while (!isOver) {
      if (System.nanoTime() > end) {
        throw new IllegalStateException(
            "Settlement has not said for %s what was waited for; see its log.".formatted(PATIENCE));
      }
      for (var message : consumer.poll(POLL)) {
        isOver |= heard.isLast(message.topic(), message.value());
      }
    }
  }

  private void say(String topic, String key, Object event) {
    producer.send(new ProducerRecord<>(topic, key, JSON.writeValueAsBytes(event)));
  }

  @Override
  public void close() {
    producer.close(Duration.ZERO);
    consumer.close();
  }
}
