package dev.assay.marketplace.purse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.assay.marketplace.MarketModuleTest;
import dev.assay.marketplace.platform.OneTrip;
import dev.assay.marketplace.purse.Purses.Draft;
import dev.assay.marketplace.purse.Purses.PurseRow;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.jdbc.core.JdbcOperations;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.test.context.TestPropertySource;
import org.springframework.transaction.support.TransactionOperations;

/** The ledger on its database, beside a model of what is true; see {@link ModelOfMoney}. */
@MarketModuleTest
@TestPropertySource(properties = "spring.datasource.hikari.connection-timeout=30000")
class LedgerModuleTests {
  private static final AtomicLong WALLETS = new AtomicLong(0x70000);

  private final Ledger ledger;
  private final Purses purses;
  private final RecordPurse recording;
  private final TransactionOperations transaction;
  private final JdbcClient jdbc;
  private final JdbcOperations operations;

  LedgerModuleTests(
      @Autowired Ledger ledger,
      @Autowired Purses purses,
      @Autowired RecordPurse recording,
      @Autowired TransactionOperations transaction,
      @Autowired JdbcClient jdbc,
      @Autowired JdbcOperations operations) {
    this.ledger = ledger;
    this.purses = purses;
    this.recording = recording;
    this.transaction = transaction;
    this.jdbc = jdbc;
    this.operations = operations;
  }

  /** A few seeds for everybody, many at night. */
  static LongStream seeds() {
    return LongStream.rangeClosed(1, Boolean.getBoolean("assay.nightly") ? 200 : 6);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void whatever_happens_in_whatever_order_the_ledger_shows_what_is_true_or_less(long seed) {
    var model = new ModelOfMoney(new Random(seed), wallets(3), wallets(2));
    for (int step = 0; step < 250; step++) {
      switch (model.next()) {
        case ModelOfMoney.Step.Nothing() -> {}
        case ModelOfMoney.Step.Reserve(var reservations, var expected) -> {
          List<ReserveResult> results = transaction.execute(_ -> reserve(reservations));
          assertThat(results).as("step %d: %s", step, reservations).isEqualTo(expected);
        }
        case ModelOfMoney.Step.End(var charges, var released) ->
            transaction.executeWithoutResult(_ -> end(charges, released));
        case ModelOfMoney.Step.Hear(var purse) -> recording.record(purse);
        case ModelOfMoney.Step.HearSettled(var settlements) ->
            transaction.executeWithoutResult(_ -> ledger.settle(settlements));
      }
      check(model, "seed %d, step %d".formatted(seed, step));
    }
    for (ModelOfMoney.Step rest : model.allThatIsUnheard()) {
      switch (rest) {
        case ModelOfMoney.Step.Hear(var purse) -> recording.record(purse);
        case ModelOfMoney.Step.HearSettled(var settlements) ->
            transaction.executeWithoutResult(_ -> ledger.settle(settlements));
        default -> throw new AssertionError(rest);
      }
    }
    check(model, "seed %d, at the end".formatted(seed));
    for (WalletAddress requester : model.requesters()) {
      assertThat(unsettled(requester)).isEqualTo(model.owed(requester));
      assertThat(balanceOf(Purses.available(requester)) + balanceOf(Purses.reserved(requester)))
          .as("what came in and was not charged")
          .isEqualTo(model.entrusted(requester) - model.charged(requester));
    }
  }

  private void check(ModelOfMoney model, String when) {
    for (WalletAddress requester : model.requesters()) {
      TokenAmount available =
          purses.find(requester).map(PurseRow::available).orElse(TokenAmount.ZERO);
      assertThat(available).as(when).isEqualTo(model.shown(requester));
      assertThat(available).as(when).isLessThanOrEqualTo(model.trueAvailable(requester));
      assertThat(model.owed(requester) + model.spent(requester))
          .as("%s: nothing is promised beyond what was signed", when)
          .isLessThanOrEqualTo(model.authorized(requester));
      assertThat(balanceOf(Purses.reserved(requester))).isEqualTo(model.held(requester));
    }
    for (WalletAddress worker : model.workers()) {
      assertThat(ledger.pendingOf(worker)).as(when).isEqualTo(model.pending(worker));
      assertThat(balanceOf(Purses.pending(worker))).isEqualTo(amount(model.pending(worker)));
    }
  }

  @Test
  void two_first_facts_of_a_requester_at_once_count_once() throws Exception {
    for (int round = 0; round < 20; round++) {
      WalletAddress requester = wallet();
      var start = new CyclicBarrier(2);
      List<Future<?>> both = new ArrayList<>();
      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        for (int position = 1; position <= 2; position++) {
          Purse fact = purse(requester, 1_000L * position, 10_000, position);
          both.add(
              threads.submit(() -> {
                start.await();
                recording.record(fact);
                return true;
              }));
        }
      }
      for (Future<?> one : both) {
        one.get();
      }
      assertThat(purses.find(requester).orElseThrow().purse().position()).isEqualTo(2);
      assertThat(balanceOf(Purses.available(requester))).isEqualTo(2_000);
    }
  }

  @Test
  void two_facts_of_one_place_on_the_chain_are_a_contradiction() {
    WalletAddress requester = wallet();
    recording.record(purse(requester, 1_000, 1_000, 7));
    recording.record(purse(requester, 1_000, 1_000, 7));

    assertThatThrownBy(() -> recording.record(purse(requester, 1_001, 1_000, 7)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("one place on the chain");
  }

  @Test
  void a_hundred_threads_on_few_purses_promise_no_more_than_there_is() throws Exception {
    List<WalletAddress> requesters = wallets(3);
    requesters.forEach(requester -> recording.record(purse(requester, 10_000, 10_000, 1)));

    inThreads(
        100,
        random -> {
          for (int i = 0; i < 10; i++) {
            List<Reservation> some =
                random
                    .ints(4, 0, requesters.size())
                    .mapToObj(requesters::get)
                    .map(requester ->
                        new Reservation(UUID.randomUUID(), requester, TokenAmount.of(11)))
                    .toList();
            transaction.execute(_ -> reserve(some));
          }
        });

    for (WalletAddress requester : requesters) {
      assertThat(unsettled(requester)).isEqualTo(10_000 - 10_000 % 11);
      assertThat(balanceOf(Purses.reserved(requester))).isEqualTo(10_000 - 10_000 % 11);
    }
  }

  @Test
  void a_hundred_threads_on_few_purses_lose_no_update_and_do_not_deadlock() throws Exception {
    List<WalletAddress> requesters = wallets(3);
    List<WalletAddress> workers = wallets(3);
    var positions = new AtomicLong();
    requesters.forEach(requester ->
        recording.record(
            purse(requester, 1_000_000_000, 1_000_000_000, positions.incrementAndGet())));

    inThreads(
        100,
        random -> {
          for (int i = 0; i < 4; i++) {
            List<Reservation> some =
                random
                    .ints(3, 0, requesters.size())
                    .mapToObj(requesters::get)
                    .map(requester ->
                        new Reservation(UUID.randomUUID(), requester, TokenAmount.of(11)))
                    .toList();
            transaction.execute(_ -> reserve(some));
            List<Charge> charges =
                some.subList(0, 2).stream()
                    .map(one ->
                        new Charge(
                            one.job(),
                            workers.get(random.nextInt(workers.size())),
                            TokenAmount.of(random.nextInt(1, 12))))
                    .toList();
            transaction.executeWithoutResult(_ -> end(charges, List.of(some.getLast().job())));
            List<Settlement> settlements =
                IntStream.range(0, 2)
                    .mapToObj(j ->
                        new Settlement(
                            some.get(j).job(),
                            some.get(j).requester(),
                            charges.get(j).worker(),
                            charges.get(j).price(),
                            TokenAmount.ZERO,
                            positions.get() + random.nextInt(3)))
                    .toList();
            transaction.executeWithoutResult(_ -> ledger.settle(settlements));
            WalletAddress anyone = requesters.get(random.nextInt(requesters.size()));
            long now = positions.incrementAndGet();
            recording.record(purse(anyone, 1_000_000_000 + now, 1_000_000_000, now));
            transaction.executeWithoutResult(_ -> ledger.settle(settlements));
          }
        });

    for (WalletAddress requester : requesters) {
      assertThat(balanceOf(Purses.reserved(requester))).isZero();
      assertThat(unsettled(requester)).isEqualTo(chargedAndNotCovered(requester));
    }
    for (WalletAddress worker : workers) {
      assertThat(balanceOf(Purses.pending(worker))).isZero();
      assertThat(ledger.pendingOf(worker)).isEqualTo(TokenAmount.ZERO);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "update transfer set amount = amount + 1",
        "delete from transfer",
        "truncate transfer",
        "update settled_job set price = 0",
        "delete from settled_job",
        "truncate settled_job"
      })
  void what_is_written_stays(String change) {
    settle(charged(100, 60), 60, 1);

    assertThatThrownBy(() -> jdbc.sql(change).update())
        .isInstanceOf(DataAccessException.class)
        .hasMessageContaining("is never changed");
  }

  @ParameterizedTest
  @CsvSource({
    "charge, 60, 0, false",
    "charge, 60, 39, false",
    "charge, 60, 41, false",
    "charge, 101, 0, false",
    "release, 99, 0, false",
    "release, 100, 1, false",
    "charge, 60, 40, true",
    "charge, 100, 0, true",
    "release, 100, 0, true"
  })
  void the_database_refuses_an_ending_that_is_not_what_was_held(
      String kind, long ending, long rest, boolean isTaken) {
    Reservation held = reserved(100);
    String from = Purses.reserved(held.requester());
    String back = Purses.available(held.requester());
    List<Draft> drafts = new ArrayList<>();
    drafts.add(
        new Draft(
            kind,
            from,
            kind.equals("charge") ? Purses.pending(wallet()) : back,
            TokenAmount.of(ending),
            held.job()));
    if (rest > 0) {
      drafts.add(new Draft("return", from, back, TokenAmount.of(rest), held.job()));
    }

    assertTaken(drafts, isTaken);
  }

  @Test
  void the_database_refuses_a_job_that_ends_twice_or_from_anothers_money() {
    Reservation held = reserved(100);
    Reservation others = reserved(100);
    String from = Purses.reserved(held.requester());
    String back = Purses.available(held.requester());
    var release = new Draft("release", from, back, TokenAmount.of(100), held.job());
    assertTaken(
        List.of(
            new Draft(
                "release",
                Purses.reserved(others.requester()),
                back,
                TokenAmount.of(100),
                held.job())),
        false);
    assertTaken(List.of(new Draft("return", from, back, TokenAmount.of(100), held.job())), false);
    assertTaken(
        List.of(new Draft("release", from, back, TokenAmount.of(1), UUID.randomUUID())), false);
    assertTaken(List.of(release), true);
    assertTaken(List.of(release), false);
    assertTaken(
        List.of(
            new Draft("charge", from, Purses.pending(wallet()), TokenAmount.of(100), held.job())),
        false);
    assertTaken(List.of(new Draft("return", from, back, TokenAmount.of(1), held.job())), false);
    assertTaken(List.of(new Draft("reserve", back, from, TokenAmount.of(100), held.job())), false);
  }

  @ParameterizedTest
  @CsvSource({"60, 0, true", "50, 10, true", "0, 60, true", "50, 0, false", "50, 11, false"})
  void the_database_refuses_a_settlement_that_is_not_what_was_charged(
      long earned, long fee, boolean isTaken) {
    Charge charge = charged(100, 60).charge();
    String pending = Purses.pending(charge.worker());
    List<Draft> drafts = new ArrayList<>();
    if (earned > 0) {
      drafts.add(
          new Draft(
              "settle",
              pending,
              Purses.earned(charge.worker()),
              TokenAmount.of(earned),
              charge.job()));
    }
    if (fee > 0) {
      drafts.add(new Draft("fee", pending, Purses.FEES, TokenAmount.of(fee), charge.job()));
    }

    assertTaken(drafts, isTaken);
  }

  @Test
  void a_settlement_that_contradicts_what_is_known_changes_nothing() {
    var charged = charged(100, 60);

    assertThatThrownBy(() -> settle(charged, 61, 1)).isInstanceOf(IllegalStateException.class);
    settle(charged, 60, 1);
    settle(charged, 60, 1);
    assertThatThrownBy(() -> settle(charged, 60, 2))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("settled twice");
    assertThat(ledger.pendingOf(charged.charge().worker())).isEqualTo(TokenAmount.ZERO);
  }

  private void settle(Purses.Charged charged, long price, long position) {
    var settlement =
        new Settlement(
            charged.charge().job(),
            charged.requester(),
            charged.charge().worker(),
            TokenAmount.of(price),
            TokenAmount.of(price),
            position);
    transaction.executeWithoutResult(_ -> ledger.settle(List.of(settlement)));
  }

  private void assertTaken(List<Draft> drafts, boolean isTaken) {
    if (isTaken) {
      transaction.executeWithoutResult(_ -> purses.write(drafts));
    } else {
      assertThatThrownBy(() -> transaction.executeWithoutResult(_ -> purses.write(drafts)))
          .as("%s", drafts)
          .isInstanceOf(DataIntegrityViolationException.class);
    }
  }

  private Reservation reserved(long amount) {
    WalletAddress requester = wallet();
    recording.record(purse(requester, amount, amount, 1));
    var reservation = new Reservation(UUID.randomUUID(), requester, TokenAmount.of(amount));
    transaction.executeWithoutResult(_ ->
        assertThat(reserve(List.of(reservation))).containsExactly(new ReserveResult.Reserved()));
    return reservation;
  }

  private Purses.Charged charged(long reserved, long price) {
    Reservation reservation = reserved(reserved);
    var charge = new Charge(reservation.job(), wallet(), TokenAmount.of(price));
    transaction.executeWithoutResult(_ -> end(List.of(charge), List.of()));
    return new Purses.Charged(reservation.requester(), charge);
  }

  private interface Work {
    void with(RandomGenerator random);
  }

  /** Fails as the first of the threads that does. */
  private static void inThreads(int count, Work work) throws Exception {
    List<Future<?>> all = new ArrayList<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < count; i++) {
        var random = new SplittableRandom(i);
        all.add(threads.submit(() -> work.with(random)));
      }
    }
    for (Future<?> one : all) {
      one.get();
    }
  }

  private long unsettled(WalletAddress requester) {
    return amount(purses.find(requester).orElseThrow().unsettled());
  }

  /** From the facts alone, which are never changed. */
  private long chargedAndNotCovered(WalletAddress requester) {
    return jdbc.sql(
            """
            select (select coalesce(sum(amount), 0) from transfer where kind = 'charge' and debit = :reserved)
                 - (select coalesce(sum(price), 0) from settled_job s join purse p using (requester)
                    where s.requester = :requester and s.position <= p.position)
            """)
        .param("reserved", Purses.reserved(requester))
        .param("requester", requester.hex())
        .query(Long.class)
        .single();
  }

  private long balanceOf(String account) {
    return jdbc.sql(
            """
            select coalesce((select sum(amount) from transfer where credit = :account), 0)
                 - coalesce((select sum(amount) from transfer where debit = :account), 0)
            """)
        .param("account", account)
        .query(Long.class)
        .single();
  }

  private static long amount(TokenAmount amount) {
    return Long.parseLong(amount.toString());
  }

  private static Purse purse(
      WalletAddress requester, long balance, long authorized, long position) {
    return new Purse(
        requester,
        TokenAmount.of(balance),
        TokenAmount.of(authorized),
        TokenAmount.ZERO,
        TokenAmount.ZERO,
        position);
  }

  private static WalletAddress wallet() {
    return new WalletAddress("0x%040x".formatted(WALLETS.incrementAndGet()));
  }

  private static List<WalletAddress> wallets(int count) {
    return IntStream.range(0, count).mapToObj(_ -> wallet()).toList();
  }

  private List<ReserveResult> reserve(List<Reservation> reservations) {
    var trip = new OneTrip(operations);
    Ledger.Locked purses =
        ledger.lock(reservations.stream().map(Reservation::requester).toList(), trip);
    trip.send();
    List<ReserveResult> results = ledger.reserve(reservations, purses, trip);
    trip.send();
    return results;
  }

  private void end(List<Charge> charges, List<UUID> released) {
    List<Ending> endings = new ArrayList<>();
    charges.forEach(charge -> endings.add(ending(charge.job(), Optional.of(charge))));
    released.forEach(job -> endings.add(ending(job, Optional.empty())));
    var trip = new OneTrip(operations);
    ledger.end(endings, trip);
    trip.send();
  }

  /** As whoever posted the job would say. */
  private Ending ending(UUID job, Optional<Charge> charge) {
    return jdbc.sql("select credit, amount from transfer where kind = 'reserve' and job = :job")
        .param("job", job)
        .query((row, _) ->
            new Ending(
                job,
                new WalletAddress(row.getString("credit").substring("reserved:".length())),
                TokenAmount.parse(row.getString("amount")),
                charge))
        .optional()
        .orElseGet(() -> new Ending(job, wallet(), TokenAmount.ZERO, charge));
  }
}
