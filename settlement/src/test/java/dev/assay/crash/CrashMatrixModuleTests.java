package dev.assay.crash;

import static dev.assay.settlement.TestMarket.digest;
import static dev.assay.settlement.TestMarket.dollars;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.crash.LyingNode.Lie;
import dev.assay.determinism.CrashPoint;
import dev.assay.protocol.AccountId;
import dev.assay.protocol.Digest;
import dev.assay.protocol.chain.Purse;
import dev.assay.quickstart.stack.EvmNodeAddress;
import dev.assay.quickstart.stack.testing.BackingServices;
import dev.assay.quickstart.stack.testing.Processes;
import dev.assay.settlement.TestMarket;
import dev.assay.settlement.chain.TestChain;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.test.context.TestConstructor;
import org.springframework.test.context.TestPropertySource;
import org.springframework.test.context.junit.jupiter.SpringJUnitConfig;

/**
 * A real process of settlement on a real chain and database is killed at a named point; then
 * something happens to the chain; then it is started again. In each cell one more job is paid,
 * once, and our ledger equals the chain. All cells run with {@code -Dassay.crash-matrix=all}, as at
 * night.
 */
@SpringJUnitConfig(BackingServices.class)
@TestPropertySource(properties = "spring.datasource.hikari.schema=settlement")
@TestConstructor(autowireMode = TestConstructor.AutowireMode.ALL)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CrashMatrixModuleTests {
  private static final int MOST_SAID = 6_000;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** Between death and resurrection. */
  enum Blow {
    NOTHING,
    REORGANISATION,
    POOL_DROP,
    SECOND_DEATH
  }

  private final TestChain chain;
  private final EvmNodeAddress node;
  private final JdbcConnectionDetails database;
  private final JdbcClient jdbc;
  private final List<Process> started = new ArrayList<>();
  private final Map<Process, Path> outputs = new HashMap<>();
  private TestMarket market;
  private TestMarket.Person requester;
  private TestMarket.Person worker;
  private AccountId purse;
  private LyingNode between;
  private Map<String, String> environment;
  private long jobs;

  @TempDir static Path folder = Path.of("");

  CrashMatrixModuleTests(
      @Autowired EvmNodeAddress node, @Autowired JdbcConnectionDetails database) {
    this.node = node;
    this.database = database;
    this.chain = new TestChain(node.rpcUrl());
    this.market = new TestMarket(chain);
    this.requester = market.person();
    this.worker = market.person();
    this.purse = requester.deposit(dollars(1_000));
    this.between = new LyingNode(node.rpcUrl());
    this.environment = Map.of();
    var source =
        new DriverManagerDataSource(
            database.getJdbcUrl()
                + (database.getJdbcUrl().contains("?") ? "&" : "?")
                + "currentSchema=settlement",
            requireNonNull(database.getUsername()),
            requireNonNull(database.getPassword()));
    this.jdbc = JdbcClient.create(source);
  }

  @BeforeAll
  void prepare() throws Exception {
    environment = market.environment(folder);
    worker.act(market.escrow.open(worker.address()));
    Process first = start("");
    await(() -> count("select count(*) from scanned_block") == 1, first);
    stop(first);
    jdbc.sql(
            """
            insert into epoch (epoch, root, prev_root, count, total_price, canary_root,
                               verifier_set_root, verifier_count, traceparent, closed_at)
            values (1, :root, :zero, 1, 1, :zero, :zero, 0, '', now())\
            """)
        .param("root", digest("epoch 1").toString())
        .param("zero", Digest.ZERO.toString())
        .update();
  }

  @AfterAll
  void clean() {
    started.forEach(Process::destroyForcibly);
    between.close();
  }

  static List<Arguments> cells() {
    boolean all = "all".equals(System.getProperty("assay.crash-matrix"));
    List<Arguments> cells = new ArrayList<>();
    for (CrashPoint point : CrashPoint.values()) {
      for (Blow blow : Blow.values()) {
        if (isOfTheChain(point)
            && isPossible(point, blow)
            && (all || isForEveryBuild(point, blow))) {
          cells.add(Arguments.of(point, blow));
        }
      }
    }
    return cells;
  }

  /** Passed on the way of a payment. */
  private static boolean isOfTheChain(CrashPoint point) {
    return point.name().startsWith("SETTLEMENT_")
        && !point.name().startsWith("SETTLEMENT_INTAKE")
        && !point.name().startsWith("SETTLEMENT_SEAL");
  }

  /**
   * A pool from which something can be dropped mines nothing, so what comes after is not reached.
   */
  private static boolean isPossible(CrashPoint point, Blow blow) {
    return blow != Blow.POOL_DROP
        || point.compareTo(CrashPoint.SETTLEMENT_BATCH_BEFORE_COMMIT) >= 0
            && point.compareTo(CrashPoint.SETTLEMENT_SEND_AFTER_RECORD) <= 0;
  }

  private static boolean isForEveryBuild(CrashPoint point, Blow blow) {
    return point == CrashPoint.SETTLEMENT_ATTEMPT_BEFORE_COMMIT && blow == Blow.SECOND_DEATH
        || point == CrashPoint.SETTLEMENT_SEND_AFTER && blow != Blow.SECOND_DEATH;
  }

  @ParameterizedTest
  @MethodSource("cells")
  void a_death_and_a_blow_and_the_job_is_paid_once(CrashPoint point, Blow blow) throws Exception {
    Purse before = purse();
    clearOneJob();
    if (blow == Blow.POOL_DROP) {
      chain.rpc("evm_setAutomine", false);
    }

    Process mortal = start(point.label());
    awaitDeath(mortal, blow != Blow.POOL_DROP);
    switch (blow) {
      case NOTHING -> {}
      case REORGANISATION -> chain.reorganise(2);
      case POOL_DROP -> {
        chain.rpc("anvil_dropAllTransactions");
        chain.rpc("evm_setAutomine", true);
      }
      case SECOND_DEATH -> awaitDeathOrEnd(start(point.label()));
    }
    Process reborn = start("");
    await(this::isAllTold, reborn);

    isPaidOnceAndReconciled(before, reborn);
  }

  @ParameterizedTest
  @MethodSource("lies")
  void whatever_the_node_says_the_job_is_paid_once(Lie lie, int times) throws Exception {
    Purse before = purse();
    Process settlement = start("");
    await(() -> count("select count(*) from reconciliation") > 0, settlement);
    between.tell(lie, times);
    clearOneJob();
    await(this::isAllTold, settlement);

    isPaidOnceAndReconciled(before, settlement);
  }

  static List<Arguments> lies() {
    boolean all = "all".equals(System.getProperty("assay.crash-matrix"));
    List<Arguments> lies = new ArrayList<>(List.of(Arguments.of(Lie.LOST_ANSWER, 1)));
    if (all) {
      lies.add(Arguments.of(Lie.LOST_ANSWER, 3));
      lies.add(Arguments.of(Lie.NO_RECEIPT, 20));
      lies.add(Arguments.of(Lie.TOO_MANY_REQUESTS, 20));
      lies.add(Arguments.of(Lie.HTML, 20));
      lies.add(Arguments.of(Lie.CUT_SHORT, 20));
    }
    return lies;
  }

  @Test
  void of_two_processes_one_works_and_when_it_dies_the_other_goes_on() throws Exception {
    Purse before = purse();
    Process one = start("");
    Process other = start("");
    clearOneJob();
    await(this::isAllTold, one);
    isPaidOnce(before);
    Purse then = purse();
    clearOneJob();
    one.destroyForcibly().waitFor();
    await(this::isAllTold, other);

    isPaidOnceAndReconciled(then, other);
  }

  @Test
  void an_older_database_sends_nothing() throws Exception {
    Process newer = start("");
    clearOneJob();
    await(this::isAllTold, newer);
    stop(newer);
    Path said = Files.createTempFile(folder, "settlement-", ".log");
    jdbc.sql("create table kept as select * from outgoing").update();
    try {
      // As a backup from before the last transactions would be: they are final, and not known here.
      jdbc.sql("alter table attempt drop constraint if exists attempt_outgoing_id_fkey").update();
      jdbc.sql("delete from outgoing where nonce = (select max(nonce) from outgoing)").update();
      clearOneJob();
      long sent = chain.client().minedCount(market.settlement.address());
      Process settlement = start("", said);
      await(() -> read(said).contains("older than the chain"), settlement);
      assertThat(chain.client().minedCount(market.settlement.address())).isEqualTo(sent);
      stop(settlement);
    } finally {
      jdbc.sql("delete from outgoing").update();
      jdbc.sql("insert into outgoing overriding system value select * from kept").update();
      jdbc.sql("drop table kept").update();
      jdbc.sql("update batch set state = 'VOID' where state = 'CLOSED'").update();
      jdbc.sql("delete from cleared_job where told_at is null").update();
    }
  }

  private void isPaidOnceAndReconciled(Purse before, Process settlement) throws Exception {
    isPaidOnce(before);
    long block = count("select number from scanned_block");
    await(
        () -> count("select count(*) from reconciliation where block > " + block) > 0, settlement);
    assertThat(
            jdbc.sql("select drift from reconciliation where drift <> ''")
                .query((row, _) -> row.getString("drift"))
                .list())
        .isEmpty();
    stop(settlement);
  }

  private void isPaidOnce(Purse before) {
    assertThat(purse().spent()).isEqualTo(before.spent().plus(dollars(1)));
    assertThat(count("select count(*) from batch where state = 'CLOSED'")).isZero();
  }

  private Purse purse() {
    return market.client.read(market.escrow.purse(purse));
  }

  private void clearOneJob() {
    jobs++;
    jdbc.sql(
            """
            insert into cleared_job (job, attempt, requester, worker, price, earned, attestation,
                                     epoch, selected, traceparent, cleared_at)
            values (:job, 1, :requester, :worker, 1000000, 900000, :job, 1, false, '', now())\
            """)
        .param("job", digest("job " + jobs).toString())
        .param("requester", requester.address().hex())
        .param("worker", worker.address().hex())
        .update();
  }

  private boolean isAllTold() {
    return count("select count(*) from cleared_job where told_at is null") == 0;
  }

  private long count(String sql) {
    try {
      return jdbc.sql(sql).query(Long.class).single();
    } catch (org.springframework.jdbc.BadSqlGrammarException e) {
      return 0; // not migrated yet
    }
  }

  private Process start(String crashAt) throws IOException {
    return start(crashAt, Files.createTempFile(folder, "settlement-", ".log"));
  }

  private Process start(String crashAt, Path output) throws IOException {
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-D" + CrashPoint.PROPERTY + "=" + crashAt,
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
            MortalSettlement.class.getName());
    var builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
    builder.environment().putAll(environment);
    builder
        .environment()
        .putAll(
            Map.of(
                "SPRING_DATASOURCE_URL", database.getJdbcUrl(),
                "SPRING_DATASOURCE_USERNAME", requireNonNull(database.getUsername()),
                "SPRING_DATASOURCE_PASSWORD", requireNonNull(database.getPassword()),
                "SETTLEMENT_CHAIN_RPCURLS", between.url().toString(),
                "SETTLEMENT_WATCH_EVERY", "100ms",
                "SETTLEMENT_SENDER_EVERY", "100ms",
                "SETTLEMENT_SENDER_SENDAGAINAFTER", "1s",
                "SETTLEMENT_BATCH_EVERY", "100ms",
                "SETTLEMENT_BATCH_CLOSEAFTER", "0s",
                "SETTLEMENT_RECONCILE_EVERY", "100ms"));
    Process process = Processes.start(builder);
    started.add(process);
    outputs.put(process, output);
    return process;
  }

  private void awaitDeath(Process mortal, boolean withBlocks) throws Exception {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!mortal.waitFor(100, TimeUnit.MILLISECONDS)) {
      if (withBlocks) {
        chain.mine(1);
      }
      assertThat(System.nanoTime())
          .as(() -> "the point is reached in time" + said(mortal))
          .isLessThan(end);
    }
    assertThat(mortal.exitValue()).as(() -> said(mortal)).isEqualTo(CrashPoint.EXIT_CODE);
  }

  /**
   * What the first death left done is not done again, so a later point may not be reached twice.
   */
  private void awaitDeathOrEnd(Process mortal) throws Exception {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!mortal.waitFor(100, TimeUnit.MILLISECONDS)) {
      if (isAllTold()) {
        mortal.destroyForcibly().waitFor();
        return;
      }
      chain.mine(1);
      assertThat(System.nanoTime()).as(() -> "in time" + said(mortal)).isLessThan(end);
    }
    assertThat(mortal.exitValue()).as(() -> said(mortal)).isEqualTo(CrashPoint.EXIT_CODE);
  }

  private void await(BooleanSupplier so, Process settlement) throws Exception {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!so.getAsBoolean()) {
      assertThat(settlement.isAlive()).as(() -> "settlement lives" + said(settlement)).isTrue();
      assertThat(System.nanoTime()).as(() -> "in time" + said(settlement)).isLessThan(end);
      chain.mine(1);
      settlement.waitFor(100, TimeUnit.MILLISECONDS); // a death is noticed at once
    }
  }

  /** The end of its log, for whoever reads the failure. */
  private String said(Process settlement) {
    String log = read(requireNonNull(outputs.get(settlement)));
    return "\n" + log.substring(Math.max(0, log.length() - MOST_SAID));
  }

  private static void stop(Process settlement) throws Exception {
    settlement.destroy();
    assertThat(settlement.waitFor(30, TimeUnit.SECONDS)).as("it stops").isTrue();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
