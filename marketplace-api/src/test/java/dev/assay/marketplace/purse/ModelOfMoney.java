package dev.assay.marketplace.purse;

import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;

/**
 * Requesters, their purses on a chain, and a market that hears of the chain late, twice and out of
 * order. It counts in plain numbers, and always from all that has happened, so that it is right
 * where the ledger keeps sums.
 */
final class ModelOfMoney {
  /** What the ledger under test is to do. */
  sealed interface Step {
    /** Something happened on the chain, or nothing could. */
    record Nothing() implements Step {}

    record Reserve(List<Reservation> reservations, List<ReserveResult> expected) implements Step {}

    record End(List<Charge> charges, List<UUID> released) implements Step {}

    record Hear(Purse purse) implements Step {}

    record HearSettled(List<Settlement> settlements) implements Step {}
  }

  private static final class Account {
    long balance;
    long authorized;
    long spent;
    long leaving;
    Optional<Purse> heard = Optional.empty();
  }

  private static final class Job {
    final WalletAddress requester;
    final long held;
    Optional<Charge> charge = Optional.empty();
    boolean isReleased;
    Optional<Settlement> settled = Optional.empty();
    boolean isHeard;

    Job(WalletAddress requester, long held) {
      this.requester = requester;
      this.held = held;
    }

    boolean isOpen() {
      return charge.isEmpty() && !isReleased;
    }

    long price() {
      return charge.map(it -> plain(it.price())).orElse(0L);
    }
  }

  private final Random random;
  private final Map<WalletAddress, Account> accounts = new LinkedHashMap<>();
  private final List<WalletAddress> workers;
  private final Map<UUID, Job> jobs = new LinkedHashMap<>();

  /** Told, and perhaps heard already: what is told may come again. */
  private final List<Step> told = new ArrayList<>();

  private long position;

  ModelOfMoney(Random random, List<WalletAddress> requesters, List<WalletAddress> workers) {
    this.random = random;
    this.workers = workers;
    requesters.forEach(requester -> accounts.put(requester, new Account()));
  }

  List<WalletAddress> requesters() {
    return List.copyOf(accounts.keySet());
  }

  List<WalletAddress> workers() {
    return workers;
  }

  Step next() {
    return switch (random.nextInt(12)) {
      case 0 -> onChain(account -> account.balance += random.nextInt(2_000));
      case 1 -> onChain(account -> account.authorized += random.nextInt(2_000));
      case 2 -> onChain(account -> account.leaving = random.nextLong(account.balance + 1));
      case 3 ->
          onChain(account -> {
            account.balance -= Math.min(account.leaving, account.balance);
            account.leaving = 0;
          });
      case 4, 5, 6 -> reserve();
      case 7, 8 -> end();
      case 9 -> settleOnChain();
      default -> hear();
    };
  }

  private interface Change {
    void to(Account account);
  }

  private Step onChain(Change change) {
    WalletAddress requester = any(requesters());
    change.to(account(requester));
    position++;
    told.add(new Step.Hear(purse(requester)));
    return new Step.Nothing();
  }

  private Step reserve() {
    List<Reservation> reservations = new ArrayList<>();
    List<ReserveResult> expected = new ArrayList<>();
    for (int i = random.nextInt(4); i >= 0; i--) {
      WalletAddress requester = any(requesters());
      long amount = random.nextInt(600);
      var reservation =
          new Reservation(new UUID(random.nextLong(), jobs.size()), requester, of(amount));
      reservations.add(reservation);
      TokenAmount available = shown(requester);
      if (plain(available) < amount) {
        expected.add(new ReserveResult.Insufficient(available));
      } else {
        expected.add(new ReserveResult.Reserved());
        jobs.put(reservation.job(), new Job(requester, amount));
      }
    }
    return new Step.Reserve(reservations, expected);
  }

  private Step end() {
    List<Charge> charges = new ArrayList<>();
    List<UUID> released = new ArrayList<>();
    jobs.forEach((id, job) -> {
      if (!job.isOpen() || random.nextInt(3) > 0) {
        return;
      }
      if (random.nextInt(4) == 0) {
        job.isReleased = true;
        released.add(id);
        return;
      }
      long price = random.nextInt(3) == 0 ? job.held : random.nextLong(job.held + 1);
      var charge = new Charge(id, any(workers), of(price));
      charges.add(charge);
      if (price == 0) {
        job.isReleased = true;
      } else {
        job.charge = Optional.of(charge);
      }
    });
    return new Step.End(charges, released);
  }

  /** As the Escrow does it: no more than was signed, and no more than there is. */
  private Step settleOnChain() {
    List<Settlement> batch = new ArrayList<>();
    Map<WalletAddress, Long> debits = new HashMap<>();
    position++;
    jobs.forEach((id, job) -> {
      if (job.charge.isPresent() && job.settled.isEmpty() && random.nextBoolean()) {
        Charge charge = job.charge.get();
        var settlement =
            new Settlement(
                id,
                job.requester,
                charge.worker(),
                charge.price(),
                of(job.price() - random.nextLong(1 + job.price() / 5)),
                position);
        job.settled = Optional.of(settlement);
        debits.merge(job.requester, job.price(), Long::sum);
        batch.add(settlement);
      }
    });
    debits.forEach((requester, debit) -> {
      Account account = account(requester);
      long taken = Math.min(debit, Math.min(account.authorized - account.spent, account.balance));
      account.spent += taken;
      account.balance -= taken;
      told.add(new Step.Hear(purse(requester)));
    });
    for (Settlement one : batch) {
      told.add(new Step.HearSettled(List.of(one)));
    }
    return new Step.Nothing();
  }

  private Step hear() {
    if (told.isEmpty()) {
      return new Step.Nothing();
    }
    Step step = told.get(random.nextInt(told.size()));
    if (random.nextInt(3) > 0) {
      told.remove(step); // else it will be heard again
    }
    if (step instanceof Step.HearSettled(var settlements) && random.nextBoolean()) {
      List<Settlement> group = new ArrayList<>(settlements); // some more, and one of them twice
      for (Step other : told) {
        if (other instanceof Step.HearSettled(var more) && random.nextInt(3) == 0) {
          group.addAll(more);
        }
      }
      step = new Step.HearSettled(group);
    }
    heard(step);
    return step;
  }

  List<Step> allThatIsUnheard() {
    told.forEach(this::heard);
    return List.copyOf(told);
  }

  private void heard(Step step) {
    switch (step) {
      case Step.Hear(var purse) -> {
        Account account = account(purse.requester());
        if (account.heard.map(known -> known.position() < purse.position()).orElse(true)) {
          account.heard = Optional.of(purse);
        }
      }
      case Step.HearSettled(var settlements) ->
          settlements.forEach(settlement -> job(settlement.job()).isHeard = true);
      default -> throw new AssertionError(step);
    }
  }

  /** What the ledger must show. */
  TokenAmount shown(WalletAddress requester) {
    return available(requester, job -> job.isHeard && isCovered(job));
  }

  /** What a ledger would show that had heard of every settlement that its purse holds. */
  TokenAmount trueAvailable(WalletAddress requester) {
    return available(requester, this::isCovered);
  }

  private interface Test {
    boolean of(Job job);
  }

  private TokenAmount available(WalletAddress requester, Test isSettled) {
    Optional<Purse> purse = account(requester).heard;
    if (purse.isEmpty()) {
      return TokenAmount.ZERO;
    }
    long ceiling = plain(purse.get().authorized()) - plain(purse.get().spent());
    long rest = plain(purse.get().balance()) - plain(purse.get().leaving());
    long spoken = 0;
    for (Job job : jobs.values()) {
      if (job.requester.equals(requester)) {
        spoken += job.isOpen() ? job.held : isSettled.of(job) ? 0 : job.price();
      }
    }
    return of(Math.max(0, Math.max(0, Math.min(ceiling, rest)) - spoken));
  }

  private boolean isCovered(Job job) {
    long known = account(job.requester).heard.map(Purse::position).orElse(-1L);
    return job.settled.filter(it -> it.position() <= known).isPresent();
  }

  /** Held, or charged and not yet settled on chain, whoever has heard of it. */
  long owed(WalletAddress requester) {
    return held(requester)
        + jobs.values().stream()
            .filter(job -> job.requester.equals(requester) && job.settled.isEmpty())
            .mapToLong(Job::price)
            .sum();
  }

  long held(WalletAddress requester) {
    return jobs.values().stream()
        .filter(job -> job.requester.equals(requester) && job.isOpen())
        .mapToLong(job -> job.held)
        .sum();
  }

  long charged(WalletAddress requester) {
    return jobs.values().stream()
        .filter(job -> job.requester.equals(requester))
        .mapToLong(Job::price)
        .sum();
  }

  TokenAmount pending(WalletAddress worker) {
    return of(
        jobs.values().stream()
            .filter(job -> job.charge.filter(it -> it.worker().equals(worker)).isPresent())
            .filter(job -> !job.isHeard)
            .mapToLong(Job::price)
            .sum());
  }

  long entrusted(WalletAddress requester) {
    return account(requester).balance + account(requester).spent;
  }

  long spent(WalletAddress requester) {
    return account(requester).spent;
  }

  long authorized(WalletAddress requester) {
    return account(requester).authorized;
  }

  private Purse purse(WalletAddress requester) {
    Account account = account(requester);
    return new Purse(
        requester,
        of(account.balance),
        of(account.authorized),
        of(account.spent),
        of(account.leaving),
        position);
  }

  private Account account(WalletAddress requester) {
    return Optional.ofNullable(accounts.get(requester)).orElseThrow();
  }

  private Job job(UUID id) {
    return Optional.ofNullable(jobs.get(id)).orElseThrow();
  }

  private <T> T any(List<T> some) {
    return some.get(random.nextInt(some.size()));
  }

  private static TokenAmount of(long amount) {
    return TokenAmount.of(amount);
  }

  private static long plain(TokenAmount amount) {
    return Long.parseLong(amount.toString());
  }
}
