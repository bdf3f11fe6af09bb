package dev.assay.crash;

import static dev.assay.settlement.TestMarket.digest;
import static dev.assay.settlement.TestMarket.dollars;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.determinism.CrashPoint;
import dev.assay.determinism.Ids;
import dev.assay.protocol.AccountId;
import dev.assay.protocol.Bytes;
import dev.assay.protocol.Digest;
import dev.assay.protocol.EpochSeal;
import dev.assay.protocol.EventId;
import dev.assay.protocol.LocalSigner;
import dev.assay.protocol.MerkleTree;
import dev.assay.protocol.SealLeaf;
import dev.assay.protocol.SealedLeaf;
import dev.assay.protocol.SignedAttestation;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.chain.Purse;
import dev.assay.protocol.chain.Transaction;
import dev.assay.protocol.event.EpochClosed;
import dev.assay.protocol.event.EventTopics;
import dev.assay.protocol.event.JobCleared;
import dev.assay.quickstart.stack.Checkout;
import dev.assay.quickstart.stack.DatabaseLogin;
import dev.assay.quickstart.stack.DatabaseRole;
import dev.assay.quickstart.stack.EvmNode;
import dev.assay.quickstart.stack.Home;
import dev.assay.quickstart.stack.KafkaServer;
import dev.assay.quickstart.stack.Ports;
import dev.assay.quickstart.stack.PostgresServer;
import dev.assay.quickstart.stack.testing.Processes;
import dev.assay.settlement.SettlementApplication;
import dev.assay.settlement.TestMarket;
import dev.assay.settlement.chain.TestChain;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.jar.JarOutputStream;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.BadSqlGrammarException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.util.FileSystemUtils;
import tools.jackson.databind.json.JsonMapper;

/**
 * Servers that may be killed, a market on them with an epoch of results that wait to be paid, and
 * settlement's processes, which are the whole service as it is deployed.
 */
final class CrashWorld implements AutoCloseable {
  /** A block is final 16 blocks later, so a reorganisation of 12 takes nothing final back. */
  private static final int SLOTS = 8;

  private static final Duration PATIENCE = Duration.ofSeconds(120);
  private static final int MOST_SAID = 6_000;
  private static final TokenAmount PRICE = dollars(1);
  private static final TokenAmount EARNED = TokenAmount.of(950_000);
  private static final JsonMapper JSON = JsonMapper.shared();

  final TestMarket market;
  final TestChain chain;
  final JdbcClient jdbc;
  final LyingNode between;

  private final Path folder;
  private final Home home;
  private final Home homeOfNode = Home.temporary();
  private final Ports ports = Ports.free();
  private final EvmNode node;
  private final DatabaseLogin login;
  private final KafkaProducer<String, byte[]> producer;
  private final Ids ids = new Ids(Clock.systemUTC(), new java.security.SecureRandom());
  private final Map<String, String> environment;
  private final String classPath;
  private final boolean isLong;
  private final List<Process> started = new ArrayList<>();
  private final Map<Process, Path> outputs = new HashMap<>();
  private final TestMarket.Person requester;
  private final AccountId purse;
  private final List<SignedAttestation> results = new ArrayList<>();
  private final List<SealLeaf> leaves = new ArrayList<>();
  private final MerkleTree tree;
  private PostgresServer postgres;
  private KafkaServer kafka;
  private @Nullable EpochSeal epochOfJobs;
  private int cleared;
  private long epoch;
  private int groups;

  /**
   * @param jobs that can be cleared in it
   * @param isLong whether there will be so many processes that it pays to make an archive first
   */
  CrashWorld(int jobs, boolean isLong) throws Exception {
    this.isLong = isLong;
    this.folder = Files.createTempDirectory("assay-crash-");
    this.home = Home.open(folder.resolve("home"), "the crash matrix"); // durable
    this.postgres = PostgresServer.start(home, ports.postgresql());
    this.kafka = KafkaServer.start(home, ports.kafka(), ports.kafkaController());
    this.node = EvmNode.start(homeOfNode, ports.evmNode(), Checkout.find(), SLOTS);
    this.chain = new TestChain(node.address().rpcUrl());
    this.between = new LyingNode(node.address().rpcUrl());
    this.market = new TestMarket(chain);
    this.login = postgres.address().login(DatabaseRole.SETTLEMENT);
    this.jdbc =
        JdbcClient.create(
            new DriverManagerDataSource(
                login.jdbcUrl()
                    + (login.jdbcUrl().contains("?") ? "&" : "?")
                    + "currentSchema=settlement",
                login.username(),
                login.password()));
    this.environment = environment();
    this.classPath = classPath();
    this.requester = market.person();
    var worker = market.person();
    LocalSigner key = worker.bond(dollars(500));
    this.purse = requester.deposit(dollars(100_000));
    worker.act(market.escrow.open(worker.address()));
    for (int i = 0; i < jobs; i++) {
      var result = market.result(requester, worker, key, 1, "answer");
      results.add(result);
      leaves.add(market.leaf(result, requester, PRICE));
    }
    this.tree = MerkleTree.of(leaves.stream().map(SealLeaf::hash).toList());
    chain.mine(4L * SLOTS);
    makeTopics();
    this.producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", kafka.bootstrapServers(), "acks", "all"),
            new StringSerializer(),
            new ByteArraySerializer());
  }

  private void makeTopics() throws Exception {
    try (var admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
      admin
          .createTopics(
              EventTopics.OF_MARKET.stream().map(name -> new NewTopic(name, 1, (short) 1)).toList())
          .all()
          .get();
    }
  }

  private Map<String, String> environment() throws IOException {
    Map<String, String> all = new HashMap<>(market.environment(folder));
    all.put("SPRING_DATASOURCE_URL", login.jdbcUrl());
    all.put("SPRING_DATASOURCE_USERNAME", login.username());
    all.put("SPRING_DATASOURCE_PASSWORD", login.password());
    all.put("SPRING_KAFKA_BOOTSTRAPSERVERS", kafka.bootstrapServers());
    all.put("SERVER_PORT", "0");
    all.put("SETTLEMENT_CHAIN_RPCURLS", between.url().toString());
    for (String part : List.of("WATCH", "SENDER", "COURT", "BATCH", "RECONCILE")) {
      all.put("SETTLEMENT_" + part + "_EVERY", "100ms");
    }
    all.put("SETTLEMENT_SENDER_SENDAGAINAFTER", "1s");
    all.put("SETTLEMENT_BATCH_CLOSEAFTER", "0s");
    // Else a payout could be the transaction at which a process dies that is to die at a payment.
    all.put("SETTLEMENT_BATCH_PAYOUTFROM", "1000000000000000");
    all.put("MESSAGING_RESUBMITEVERY", "500ms");
    all.put("SPRING_MODULITH_EVENTS_STALENESS_CHECKINTERVAL", "1s");
    for (String state : List.of("PUBLISHED", "PROCESSING", "RESUBMITTED")) {
      all.put("SPRING_MODULITH_EVENTS_STALENESS_" + state, "2s");
    }
    return all;
  }

  /** Seals and draws the epoch of all the jobs. */
  void sealJobs(Process settlement) throws Exception {
    closeEpoch(tree.root(), results.size());
    await(this::isDrawn, settlement);
    epochOfJobs =
        jdbc.sql("select prev_root, beacon_commitment from epoch where epoch = 1")
            .query((row, _) ->
                new EpochSeal(
                    1,
                    tree.root(),
                    Digest.parse(row.getString("prev_root")),
                    results.size(),
                    PRICE.times(results.size()),
                    Digest.ZERO,
                    Digest.ZERO,
                    0,
                    Digest.parse(row.getString("beacon_commitment"))))
            .single();
  }

  /** Has the market close another epoch, of results that nobody claims. */
  long closeNextEpoch() throws Exception {
    return closeEpoch(digest("root " + (epoch + 1)), 1);
  }

  private long closeEpoch(Digest root, long count) throws Exception {
    epoch++;
    say(
        EpochClosed.TOPIC,
        new EpochClosed(
            new EventId(ids.next()),
            Instant.EPOCH,
            epoch,
            root,
            market.client.read(market.court.latestRoot()),
            count,
            PRICE.times(count),
            Digest.ZERO,
            Digest.ZERO,
            0,
            ""));
    return epoch;
  }

  /** Whether the newest epoch is drawn, and the market was told. */
  boolean isDrawn() {
    return count("select count(*) from epoch where told_at is not null") == epoch;
  }

  /** Clears one more job, as the market does; its digest. */
  Digest clearOneJob() throws Exception {
    SignedAttestation result = results.get(cleared);
    SealLeaf leaf = leaves.get(cleared);
    cleared++;
    say(
        JobCleared.TOPIC,
        new JobCleared(
            new EventId(ids.next()),
            Instant.EPOCH,
            result,
            new SealedLeaf(requireNonNull(epochOfJobs), leaf, tree.proof(leaf.hash())),
            EARNED,
            ""));
    return result.attestation().jobId();
  }

  private void say(String topic, Object event) throws Exception {
    producer.send(new ProducerRecord<>(topic, "key", JSON.writeValueAsBytes(event))).get();
  }

  String brokers() {
    return kafka.bootstrapServers();
  }

  /** Whether all jobs that were cleared so far are paid, and the market was told. */
  boolean isAllTold() {
    return count("select count(*) from cleared_job where told_at is not null") == cleared;
  }

  /** Whether every job that was cleared has come through Kafka. */
  boolean isAllTakenIn() {
    return count("select count(*) from cleared_job") == cleared;
  }

  long count(String sql) {
    try {
      return jdbc.sql(sql).query(Long.class).single();
    } catch (BadSqlGrammarException e) {
      return 0; // not migrated yet
    }
  }

  Purse purse() {
    return market.client.read(market.escrow.purse(purse));
  }

  /** Each job is paid once, nothing else is, and our ledger equals the chain. */
  void isPaidOnceAndReconciled(Process settlement) throws Exception {
    assertThat(purse().spent()).isEqualTo(PRICE.times(cleared));
    assertThat(count("select count(*) from batch where state = 'CLOSED'")).isZero();
    assertThat(market.client.read(market.court.latestEpoch())).isEqualTo(epoch);
    long block = count("select number from scanned_block");
    await(
        () -> count("select count(*) from reconciliation where block > " + block) > 0, settlement);
    assertThat(
            jdbc.sql("select drift from reconciliation where drift <> ''")
                .query((row, _) -> row.getString("drift"))
                .list())
        .isEmpty();
  }

  /** As {@code pg_ctl stop -m immediate}, and a start. */
  void stopPostgresAtOnce() throws Exception {
    Processes.signal("QUIT", List.of(postgres.process().pid()));
    postgres.process().stop();
  }

  void startPostgres() {
    postgres = PostgresServer.start(home, ports.postgresql());
  }

  void killKafka() {
    kafka.process().kill();
  }

  void startKafka() {
    kafka = KafkaServer.start(home, ports.kafka(), ports.kafkaController());
  }

  /** So many that the node would not answer in time if it were asked for all at once. */
  void mineMany(int blocks) {
    for (int left = blocks; left > 0; left -= 200) {
      chain.mine(Math.min(left, 200));
    }
  }

  /** Of a beacon that is not the market's. */
  Map<String, String> anotherSecret() throws IOException {
    Path file = folder.resolve("another-secret");
    Files.writeString(file, digest("another") + "\n");
    return Map.of("SETTLEMENT_BEACON_SECRETFILE", file.toString());
  }

  /** Another way to the node, to be closed by whoever asked for it. */
  LyingNode anotherWay() {
    return new LyingNode(node.address().rpcUrl());
  }

  /**
   * The classes of an earlier process, read in one piece: with it the next is there in half the
   * time. Written by the first that ends in good order.
   */
  private Path archive() {
    return folder.resolve("settlement.jsa");
  }

  /** Folders of classes as jars, because an archive is made of nothing else. */
  private String classPath() throws IOException {
    List<String> jars = new ArrayList<>();
    for (String entry :
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))
            .split(":")) {
      Path path = Path.of(entry);
      jars.add(isLong && Files.isDirectory(path) ? jarOf(path, jars.size()).toString() : entry);
    }
    return String.join(":", jars);
  }

  private Path jarOf(Path classes, int number) throws IOException {
    Path jar = folder.resolve("classes-%d.jar".formatted(number));
    try (var out = new JarOutputStream(Files.newOutputStream(jar));
        var files = Files.walk(classes)) {
      // Folders too: classes and migrations are found by them.
      for (Path file : files.filter(any -> !any.equals(classes)).toList()) {
        String name = classes.relativize(file).toString();
        out.putNextEntry(new ZipEntry(Files.isDirectory(file) ? name + "/" : name));
        if (Files.isRegularFile(file)) {
          Files.copy(file, out);
        }
        out.closeEntry();
      }
    }
    return jar;
  }

  private Path when() {
    return folder.resolve("now");
  }

  /** From now on a process dies at its point. */
  void arm() throws IOException {
    Files.writeString(when(), "");
  }

  void disarm() throws IOException {
    Files.deleteIfExists(when());
  }

  /** As a thief of the key would. */
  void useNonce(long nonce) {
    chain
        .client()
        .send(
            new Transaction(
                    market.market.chainId(),
                    nonce,
                    Optional.of(market.settlement.address()),
                    Bytes.EMPTY,
                    21_000,
                    chain.client().fees())
                .sign(market.settlement.signer));
    chain.mine(1);
  }

  Process start(String crashAt) throws IOException {
    return start(crashAt, Map.of());
  }

  /**
   * Starts settlement in a consumer group of its own: it does not wait for a dead member to be
   * missed, and is given every record once more.
   */
  Process start(String crashAt, Map<String, String> settings) throws IOException {
    Path output = Files.createTempFile(folder, "settlement-", ".log");
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-XX:-UsePerfData",
                "-Xmx192m",
                "-D" + CrashPoint.PROPERTY + "=" + crashAt,
                "-D" + CrashPoint.WHEN + "=" + when(),
                "-cp",
                classPath,
                SettlementApplication.class.getName()));
    if (isLong) {
      String option = Files.exists(archive()) ? "SharedArchiveFile=" : "ArchiveClassesAtExit=";
      command.addAll(1, List.of("-XX:" + option + archive(), "-Xlog:disable"));
    }
    var builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
    builder.environment().putAll(environment);
    builder.environment().put("SPRING_KAFKA_CONSUMER_GROUPID", "settlement-" + groups++);
    builder.environment().putAll(settings);
    Process process = Processes.start(builder);
    started.add(process);
    outputs.put(process, output);
    return process;
  }

  static Map<String, String> nodes(URI... urls) {
    return Map.of(
        "SETTLEMENT_CHAIN_RPCURLS",
        Stream.of(urls).map(URI::toString).collect(Collectors.joining(",")));
  }

  void awaitDeath(Process mortal, boolean withBlocks) throws Exception {
    until(() -> !mortal.isAlive(), "the point is reached", withBlocks ? 1 : 0, mortal);
    assertThat(mortal.exitValue()).as(() -> said(mortal)).isEqualTo(CrashPoint.EXIT_CODE);
  }

  /** What the first death left done is not done again, so a point may not be reached twice. */
  void awaitDeathOr(BooleanSupplier end, Process mortal) throws Exception {
    until(() -> !mortal.isAlive() || end.getAsBoolean(), "death or the end", 4, mortal);
    if (mortal.isAlive()) {
      mortal.destroyForcibly().waitFor();
    } else {
      assertThat(mortal.exitValue()).as(() -> said(mortal)).isEqualTo(CrashPoint.EXIT_CODE);
    }
  }

  void await(BooleanSupplier so, Process settlement) throws Exception {
    until(so, "it is so", 4, settlement);
    assertThat(settlement.isAlive()).as(() -> "settlement lives" + said(settlement)).isTrue();
  }

  private void until(BooleanSupplier so, String what, int blocks, Process settlement)
      throws Exception {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!so.getAsBoolean()) {
      assertThat(System.nanoTime()).as(() -> what + " in time" + said(settlement)).isLessThan(end);
      if (blocks > 0) {
        chain.mine(blocks);
      }
      if (settlement.waitFor(100, TimeUnit.MILLISECONDS) && !so.getAsBoolean()) {
        throw new AssertionError("settlement ended before " + what + said(settlement));
      }
    }
  }

  /** The end of its log, for whoever reads the failure. */
  private String said(Process settlement) {
    String log = log(settlement);
    return "\n" + log.substring(Math.max(0, log.length() - MOST_SAID));
  }

  String log(Process settlement) {
    try {
      return Files.readString(outputs.getOrDefault(settlement, Path.of("")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void stop(Process settlement) throws Exception {
    settlement.destroy();
    assertThat(settlement.waitFor(30, TimeUnit.SECONDS)).as("it stops").isTrue();
  }

  @Override
  public void close() {
    started.forEach(Process::destroyForcibly);
    producer.close(Duration.ZERO);
    between.close();
    node.process().stop();
    kafka.process().stop();
    postgres.process().stop();
    homeOfNode.close();
    home.close();
    try {
      FileSystemUtils.deleteRecursively(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
