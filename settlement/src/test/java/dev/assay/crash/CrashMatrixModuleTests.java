package dev.assay.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.crash.LyingNode.Lie;
import dev.assay.determinism.CrashPoint;
import dev.assay.protocol.Digest;
import dev.assay.protocol.event.EpochDrawn;
import dev.assay.protocol.event.JobCleared;
import dev.assay.protocol.event.JobSettled;
import dev.assay.settlement.Heard;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.json.JsonMapper;

/**
 * The whole service, as a process on a real chain, database and broker, is killed at a named point;
 * then something befalls what it stands on; then it is started again. In each cell one more job is
 * paid, or epoch drawn, once, the market is told, and our ledger equals the chain. A few cells run
 * in each build, all with {@code -Dassay.crash-matrix=all}, as {@code ./assay bench crash} has it.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class CrashMatrixModuleTests {
  private static final boolean IS_WHOLE =
      "all".equals(System.getProperty("assay.crash-matrix")) || Boolean.getBoolean("assay.nightly");

  /** Of the cells' names; all if it is not given. */
  private static final Predicate<String> WANTED =
      Pattern.compile(System.getProperty("assay.crash-cells", "")).asPredicate();

  private static final Path RESULTS = Path.of("target", "crash-matrix.txt");
  private static final int OTHER_JOBS = 16;

  /** Between death and resurrection, or upon the resurrected. */
  enum Blow {
    NOTHING,
    REORGANISATION_OF_1,
    REORGANISATION_OF_3,
    REORGANISATION_OF_12,
    POOL_DROP,
    SECOND_DEATH,
    LOST_ANSWER,
    NO_RECEIPT,
    TOO_MANY_REQUESTS,
    HTML,
    POSTGRESQL_STOPPED_AT_ONCE,
    BROKER_KILLED;

    /** What the node then says; nothing if it does not lie. */
    Optional<Lie> lie() {
      return switch (this) {
        case LOST_ANSWER -> Optional.of(Lie.LOST_ANSWER);
        case NO_RECEIPT -> Optional.of(Lie.NO_RECEIPT);
        case TOO_MANY_REQUESTS -> Optional.of(Lie.TOO_MANY_REQUESTS);
        case HTML -> Optional.of(Lie.HTML);
        case NOTHING,
            REORGANISATION_OF_1,
            REORGANISATION_OF_3,
            REORGANISATION_OF_12,
            POOL_DROP,
            SECOND_DEATH,
            POSTGRESQL_STOPPED_AT_ONCE,
            BROKER_KILLED ->
            Optional.empty();
      };
    }
  }

  record Cell(CrashPoint point, Blow blow) {
    boolean isOfEpochs() {
      return point.name().startsWith("SETTLEMENT_SEAL")
          || point.name().startsWith("SETTLEMENT_DRAW");
    }

    /** A blow that cannot strike would make a cell that cannot fail. */
    boolean isPossible() {
      return switch (blow) {
        case POOL_DROP ->
            point == CrashPoint.SETTLEMENT_SEND_AFTER
                || point == CrashPoint.SETTLEMENT_SEND_AFTER_RECORD;
        // Something is still to be sent.
        case LOST_ANSWER -> !isDrawn() && isBefore(CrashPoint.SETTLEMENT_SEND_AFTER);
        // A receipt is still to be asked for.
        case NO_RECEIPT -> !isDrawn() && isBefore(CrashPoint.SETTLEMENT_FINAL_AFTER_COMMIT);
        case NOTHING,
            REORGANISATION_OF_1,
            REORGANISATION_OF_3,
            REORGANISATION_OF_12,
            SECOND_DEATH,
            TOO_MANY_REQUESTS,
            HTML,
            POSTGRESQL_STOPPED_AT_ONCE,
            BROKER_KILLED ->
            true;
      };
    }

    private boolean isDrawn() {
      return point.name().startsWith("SETTLEMENT_DRAW");
    }

    private boolean isBefore(CrashPoint other) {
      return point.compareTo(other) < 0;
    }

    boolean isForEveryBuild() {
      return switch (point) {
        case SETTLEMENT_ATTEMPT_BEFORE_COMMIT -> blow == Blow.SECOND_DEATH;
        case SETTLEMENT_SEND_AFTER -> blow == Blow.REORGANISATION_OF_3;
        case SETTLEMENT_SEAL_AFTER_COMMIT -> blow == Blow.LOST_ANSWER;
        default -> false;
      };
    }

    @Override
    public String toString() {
      return point.label() + " × " + blow.name().toLowerCase(Locale.ROOT);
    }
  }

  private final List<Cell> cells = cells();
  private @Nullable CrashWorld world;
  private @Nullable Waiting next;
  private @Nullable Heard<JobSettled> settled;
  private @Nullable Heard<EpochDrawn> drawn;

  static List<Cell> cells() {
    List<Cell> cells = new ArrayList<>();
    for (CrashPoint point : CrashPoint.values()) {
      for (Blow blow : Blow.values()) {
        var cell = new Cell(point, blow);
        if (point.name().startsWith("SETTLEMENT_")
            && cell.isPossible()
            && (IS_WHOLE || cell.isForEveryBuild())
            && WANTED.test(cell.toString())) {
          cells.add(cell);
        }
      }
    }
    return cells;
  }

  @BeforeAll
  static void forget() throws IOException {
    Files.deleteIfExists(RESULTS);
  }

  @AfterAll
  void clean() {
    leave();
  }

  /** At once, for whoever waits for the end of hundreds. */
  private static void write(Cell cell, boolean isWell, double seconds) throws IOException {
    Files.createDirectories(RESULTS.getParent());
    Files.writeString(
        RESULTS,
        "%s %.1f %s%n".formatted(isWell ? "ok" : "FAILED", seconds, cell),
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
  }

  /** The world as the last test left it, or a new one. */
  private CrashWorld world() throws Exception {
    CrashWorld present = world;
    if (present == null) {
      present = new CrashWorld(cells.size() + OTHER_JOBS, IS_WHOLE);
      world = present;
      settled = heard(present, JobSettled.TOPIC, JobSettled.class);
      drawn = heard(present, EpochDrawn.TOPIC, EpochDrawn.class);
    }
    return present;
  }

  private static <E> Heard<E> heard(CrashWorld world, String topic, Class<E> type) {
    return new Heard<>(List.of(world.brokers()), topic, type, JsonMapper.shared());
  }

  private void leave() {
    if (settled != null) {
      settled.close();
    }
    if (drawn != null) {
      drawn.close();
    }
    if (world != null) {
      world.close();
    }
    world = null;
    next = null;
  }

  /** What failed must not make others fail. */
  private void within(Body body) throws Exception {
    boolean isWell = false;
    try {
      body.run(world());
      isWell = true;
    } finally {
      if (!isWell) {
        leave();
      }
    }
  }

  private interface Body {
    void run(CrashWorld world) throws Exception;
  }

  /**
   * Left by one test for the next.
   *
   * @param crashAt where it dies once the world is armed; nowhere if empty
   */
  private record Waiting(Process process, String crashAt) {}

  /** A process that works, brought to where the first job can be cleared. */
  private Process ready(CrashWorld world, String crashAt) throws Exception {
    Waiting waiting = next;
    next = null;
    if (waiting != null && waiting.crashAt().equals(crashAt)) {
      return waiting.process();
    }
    if (waiting != null) {
      world.stop(waiting.process());
    }
    Process process = world.start(crashAt);
    if (world.count("select count(*) from epoch") == 0) {
      world.sealJobs(process);
      if (IS_WHOLE) { // leaves its classes for the hundreds that come after it
        world.stop(process);
        process = world.start(crashAt);
      }
    }
    Process started = process;
    world.await(() -> world.log(started).contains("Started SettlementApplication"), started);
    return started;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cells")
  @Order(7)
  void a_death_and_a_blow_and_what_was_to_be_done_is_done_once(Cell cell) throws Exception {
    long start = System.nanoTime();
    boolean isWell = false;
    try {
      within(world -> die(cell, world));
      isWell = true;
    } finally {
      write(cell, isWell, (System.nanoTime() - start) / 1e9);
    }
  }

  private void die(Cell cell, CrashWorld world) throws Exception {
    Process mortal = ready(world, cell.point().label());
    if (cell.blow() == Blow.POOL_DROP) {
      world.chain.rpc("evm_setAutomine", false);
    }
    world.arm();
    Done done = give(cell, world);
    world.awaitDeath(mortal, cell.blow() != Blow.POOL_DROP);
    if (cell.blow() == Blow.SECOND_DEATH) {
      world.awaitDeathOr(done.so(), world.start(cell.point().label()));
    }
    world.disarm();
    strike(cell.blow(), world);
    String diesNextAt = after(cell).map(c -> c.point().label()).orElse("");
    Process reborn = world.start(diesNextAt);
    world.await(done.so(), reborn);
    done.told().run();
    world.isPaidOnceAndReconciled(reborn);
    cell.blow().lie().ifPresent(_ -> assertThat(world.between.told()).as("it lied").isPositive());
    world.between.tell(Lie.NONE, 0);
    next = new Waiting(reborn, diesNextAt);
  }

  /** Which is the point at which the process dies that outlives this cell. */
  private Optional<Cell> after(Cell cell) {
    return cells.stream().skip(cells.indexOf(cell) + 1L).findFirst();
  }

  /**
   * @param so in the database
   * @param told to the market, through Kafka
   */
  private record Done(BooleanSupplier so, Runnable told) {}

  private Done give(Cell cell, CrashWorld world) throws Exception {
    if (cell.isOfEpochs()) {
      long epoch = world.closeNextEpoch();
      return new Done(world::isDrawn, () -> isHeard(drawn, e -> e.epoch() == epoch));
    }
    Digest job = world.clearOneJob();
    return new Done(world::isAllTold, () -> isHeard(settled, s -> s.leaf().jobId().equals(job)));
  }

  private static <E> void isHeard(@Nullable Heard<E> heard, Predicate<E> wanted) {
    if (heard == null) {
      throw new IllegalStateException("Nobody listens");
    }
    heard.first(wanted, () -> {});
  }

  private static void strike(Blow blow, CrashWorld world) throws Exception {
    switch (blow) {
      case NOTHING, SECOND_DEATH -> {}
      case REORGANISATION_OF_1 -> world.chain.reorganise(1);
      case REORGANISATION_OF_3 -> world.chain.reorganise(3);
      case REORGANISATION_OF_12 -> world.chain.reorganise(12);
      case POOL_DROP -> {
        assertThat(world.chain.rpc("txpool_status").path("pending").asString())
            .as("there is something to drop")
            .isNotEqualTo("0x0");
        world.chain.rpc("anvil_dropAllTransactions");
        world.chain.rpc("evm_setAutomine", true);
      }
      case LOST_ANSWER -> world.between.tell(Lie.LOST_ANSWER, 1);
      case NO_RECEIPT -> world.between.tell(Lie.NO_RECEIPT, 10);
      case TOO_MANY_REQUESTS -> world.between.tell(Lie.TOO_MANY_REQUESTS, 20);
      case HTML -> world.between.tell(Lie.HTML, 20);
      case POSTGRESQL_STOPPED_AT_ONCE -> {
        world.stopPostgresAtOnce();
        world.startPostgres();
      }
      case BROKER_KILLED -> {
        world.killKafka();
        world.startKafka();
      }
    }
  }

  @Test
  @Order(2)
  void what_comes_while_postgresql_and_the_broker_are_away_is_done_when_they_are_back()
      throws Exception {
    within(world -> {
      Process settlement = ready(world, "");
      world.stopPostgresAtOnce();
      Digest job = world.clearOneJob();
      world.await(
          () -> world.log(settlement).contains("A record cannot be processed now"), settlement);
      world.startPostgres();
      world.await(world::isAllTold, settlement);
      isHeard(settled, s -> s.leaf().jobId().equals(job));

      Digest other = world.clearOneJob();
      world.await(world::isAllTakenIn, settlement);
      world.killKafka();
      world.await(world::isAllTold, settlement);
      world.startKafka();
      isHeard(settled, s -> s.leaf().jobId().equals(other));

      world.isPaidOnceAndReconciled(settlement);
      try (var dead = heard(world, JobCleared.TOPIC + ".dlt", JobCleared.class)) {
        dead.catchUp();
        assertThat(dead.all()).isEmpty();
      }
      next = new Waiting(settlement, "");
    });
  }

  @Test
  @Order(3)
  void of_two_processes_one_works_and_when_it_dies_the_other_goes_on() throws Exception {
    within(world -> {
      Process one = ready(world, "");
      Process other = world.start("");
      world.clearOneJob();
      world.await(world::isAllTold, one);
      world.isPaidOnceAndReconciled(one);
      world.clearOneJob();
      one.destroyForcibly().waitFor();
      world.await(world::isAllTold, other);
      world.isPaidOnceAndReconciled(other);
      next = new Waiting(other, "");
    });
  }

  @Test
  @Order(4)
  void while_finality_stalls_payments_wait_and_it_says_so() throws Exception {
    within(world -> {
      world.stop(ready(world, ""));
      Process settlement = world.start("", Map.of("SETTLEMENT_WATCH_FINALWITHIN", "1s"));
      world.between.tell(Lie.STALLED_FINALITY, Integer.MAX_VALUE);
      world.clearOneJob();
      world.await(
          () -> world.log(settlement).contains("payments wait until it finalizes again"),
          settlement);
      assertThat(world.isAllTold()).isFalse();

      world.between.tell(Lie.NONE, 0);
      world.await(world::isAllTold, settlement);
      world.isPaidOnceAndReconciled(settlement);
      world.stop(settlement); // its settings are not the others'
    });
  }

  @Test
  @Order(5)
  @EnabledIf("isWhole") // what is decided stands in NodesTests
  void of_three_ways_to_the_chain_one_may_break() throws Exception {
    within(world -> {
      world.stop(ready(world, ""));
      try (var second = world.anotherWay();
          var third = world.anotherWay()) {
        Process settlement =
            world.start("", CrashWorld.nodes(second.url(), third.url(), world.between.url()));
        world.clearOneJob();
        world.await(world::isAllTold, settlement);
        second.close();
        world.clearOneJob();
        world.await(world::isAllTold, settlement);
        world.isPaidOnceAndReconciled(settlement);
        world.stop(settlement);
      }
    });
  }

  @Test
  @Order(6)
  @EnabledIf("isWhole") // four thousand blocks take the node half a minute
  void a_draw_block_is_pinned_before_the_chain_forgets_it_though_nobody_can_draw()
      throws Exception {
    within(world -> {
      Process sealing = ready(world, CrashPoint.SETTLEMENT_SEND_AFTER.label());
      world.await(world::isDrawn, sealing);
      world.arm();
      long epoch = world.closeNextEpoch();
      world.awaitDeath(sealing, true);
      world.disarm();
      world.mineMany(4_200);
      Process without = world.start("", world.anotherSecret());
      world.await(() -> !isZero(world, epoch), without);
      assertThat(world.isDrawn()).isFalse();
      assertThat(world.log(without)).contains("the Court waits for the preimage of");
      Digest job = world.clearOneJob(); // what was drawn before is paid all the same
      world.await(world::isAllTold, without);
      isHeard(settled, s -> s.leaf().jobId().equals(job));
      world.stop(without);

      Process with = world.start("");
      world.await(world::isDrawn, with);
      isHeard(drawn, e -> e.epoch() == epoch);
      world.isPaidOnceAndReconciled(with);
      next = new Waiting(with, "");
    });
  }

  private static boolean isWhole() {
    return IS_WHOLE;
  }

  private static boolean isZero(CrashWorld world, long epoch) {
    return world
        .market
        .client
        .read(world.market.court.epochOf(epoch))
        .blockHash()
        .equals(Digest.ZERO);
  }

  @Test
  @Order(8)
  void an_older_database_sends_nothing() throws Exception {
    within(world -> {
      Process newer = ready(world, "");
      world.clearOneJob();
      world.await(world::isAllTold, newer);
      world.stop(newer);
      // As a backup from before the last transaction would be: it is final, and not known here.
      world
          .jdbc
          .sql("alter table attempt drop constraint if exists attempt_outgoing_id_fkey")
          .update();
      world
          .jdbc
          .sql("delete from outgoing where nonce = (select max(nonce) from outgoing)")
          .update();
      long sent = world.chain.client().minedCount(world.market.settlement.address());
      world.clearOneJob();

      Process settlement = world.start("");
      world.await(() -> world.log(settlement).contains("older than the chain"), settlement);

      assertThat(world.chain.client().minedCount(world.market.settlement.address()))
          .isEqualTo(sent);
      leave(); // nobody mends it
    });
  }

  @Test
  @Order(9)
  @EnabledIf("isWhole") // how long a receipt may be missing is decided in MissingReceiptTests
  void a_nonce_that_another_has_used_stops_payments() throws Exception {
    within(world -> {
      Process first = ready(world, CrashPoint.SETTLEMENT_SEND_AFTER.label());
      long nonce = world.chain.client().minedCount(world.market.settlement.address());
      world.chain.rpc("evm_setAutomine", false);
      world.arm();
      Digest job = world.clearOneJob();
      world.awaitDeath(first, false);
      world.disarm();
      world.chain.rpc("anvil_dropAllTransactions");
      world.chain.rpc("evm_setAutomine", true);
      world.useNonce(nonce);

      Process settlement = world.start("", Map.of("SETTLEMENT_SENDER_RECEIPTWITHIN", "1s"));
      world.await(
          () -> world.log(settlement).contains("was used by a transaction that is not ours"),
          settlement);

      assertThat(world.isAllTold()).as(() -> job + " is not paid").isFalse();
      leave(); // nobody mends it
    });
  }
}
