package dev.assay.marketplace.purse;

import dev.assay.marketplace.platform.OneTrip;
import dev.assay.marketplace.purse.Purses.Charged;
import dev.assay.marketplace.purse.Purses.Draft;
import dev.assay.marketplace.purse.Purses.Held;
import dev.assay.marketplace.purse.Purses.PurseRow;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/**
 * Double entry, append-only. Every method works in the transaction of its caller, and takes many at
 * once because the hot paths commit in groups. A job is reserved once, then charged or released
 * once, and what was charged is settled once: the database refuses a second, and parts that do not
 * add up.
 */
@Service
public class Ledger {
  private static final SortedMap<WalletAddress, TokenAmount> NOTHING_EARNED =
      Collections.unmodifiableSortedMap(new TreeMap<>());

  private final Purses purses;

  Ledger(Purses purses) {
    this.purses = purses;
  }

  /**
   * Holds money for new jobs.
   *
   * @param later takes what is written; until it is sent, what is available is what it was
   * @return one answer for each, in order; several of one requester are decided in order
   */
  @Transactional(propagation = Propagation.MANDATORY)
  public List<ReserveResult> reserve(List<Reservation> reservations, OneTrip later) {
    Map<WalletAddress, PurseRow> rows =
        purses.lock(reservations.stream().map(Reservation::requester).toList());
    Map<WalletAddress, TokenAmount> unsettled = new HashMap<>();
    List<Draft> drafts = new ArrayList<>();
    List<ReserveResult> results = new ArrayList<>(reservations.size());
    for (Reservation reservation : reservations) {
      WalletAddress requester = reservation.requester();
      PurseRow row = rows.get(requester);
      TokenAmount spoken = row == null ? TokenAmount.ZERO : row.unsettled();
      spoken = unsettled.getOrDefault(requester, spoken);
      TokenAmount available =
          row == null ? TokenAmount.ZERO : Purse.less(row.purse().spendable(), spoken);
      if (available.compareTo(reservation.amount()) < 0) {
        results.add(new ReserveResult.Insufficient(available));
        continue;
      }
      results.add(new ReserveResult.Reserved());
      if (!reservation.amount().isZero()) {
        unsettled.put(requester, spoken.plus(reservation.amount()));
        for (UUID job : reservation.jobs()) {
          drafts.add(
              new Draft(
                  "reserve",
                  Purses.available(requester),
                  Purses.reserved(requester),
                  reservation.each(),
                  job));
        }
      }
    }
    writeLater(drafts, unsettled, NOTHING_EARNED, later);
    return results;
  }

  /**
   * Ends reservations, by paying or by giving all back. One call for both: purses are locked once,
   * in the order of their owners, so that no two groups wait for each other.
   *
   * @param charges what is over goes back to the requester
   * @param released jobs that cost nothing
   * @param later takes what is written
   */
  @Transactional(propagation = Propagation.MANDATORY)
  public void end(List<Charge> charges, List<UUID> released, OneTrip later) {
    Map<UUID, Held> held =
        purses.held(Stream.concat(charges.stream().map(Charge::job), released.stream()).toList());
    Map<WalletAddress, TokenAmount> unsettled = unsettledOf(held);
    TreeMap<WalletAddress, TokenAmount> earned = new TreeMap<>();
    List<Draft> drafts = new ArrayList<>();
    for (Charge charge : charges) {
      Optional<Held> reservation = Optional.ofNullable(held.get(charge.job()));
      TokenAmount reserved = reservation.map(Held::amount).orElse(TokenAmount.ZERO);
      if (reserved.compareTo(charge.price()) < 0) {
        throw new IllegalStateException(
            "Job %s costs %s and only %s is held for it"
                .formatted(charge.job(), charge.price(), reserved));
      }
      if (reservation.isEmpty()) {
        continue; // it was free, so nothing is held
      }
      WalletAddress requester = reservation.get().requester();
      TokenAmount rest = reserved.minus(charge.price());
      if (charge.price().isZero()) {
        drafts.add(release(charge.job(), requester, reserved));
      } else {
        drafts.add(
            new Draft(
                "charge",
                Purses.reserved(requester),
                Purses.pending(charge.worker()),
                charge.price(),
                charge.job()));
        earned.merge(charge.worker(), charge.price(), TokenAmount::plus);
        if (!rest.isZero()) {
          drafts.add(
              new Draft(
                  "return",
                  Purses.reserved(requester),
                  Purses.available(requester),
                  rest,
                  charge.job()));
        }
      }
      unsettled.computeIfPresent(requester, (_, spoken) -> spoken.minus(rest));
    }
    for (UUID job : released) {
      Held reservation = held.get(job);
      if (reservation != null) {
        drafts.add(release(job, reservation.requester(), reservation.amount()));
        unsettled.computeIfPresent(
            reservation.requester(), (_, spoken) -> spoken.minus(reservation.amount()));
      }
    }
    writeLater(drafts, unsettled, earned, later);
  }

  /**
   * Takes what the chain has settled: what was pending is the worker's, less the operator's fee.
   * The price stops being unsettled when the purse is as of a place that has it in what it spent:
   * now, if that is known already, else with {@link RecordPurse}. What comes again changes nothing.
   *
   * @throws IllegalStateException if a job was charged otherwise, or settled otherwise before
   */
  @Transactional(propagation = Propagation.MANDATORY)
  public void settle(List<Settlement> settlements) {
    Map<WalletAddress, PurseRow> rows =
        purses.lock(settlements.stream().map(Settlement::requester).toList());
    List<UUID> jobs = settlements.stream().map(Settlement::job).toList();
    Set<UUID> fresh = new HashSet<>(purses.settle(settlements));
    Map<UUID, Settlement> known = purses.settled(jobs);
    Map<UUID, Charged> charges = purses.charged(fresh);
    Map<WalletAddress, TokenAmount> unsettled = new HashMap<>();
    TreeMap<WalletAddress, TokenAmount> noLongerPending = new TreeMap<>();
    List<Draft> drafts = new ArrayList<>();
    for (Settlement settlement : settlements) {
      if (!settlement.equals(known.get(settlement.job()))) {
        throw new IllegalStateException(
            "A job was settled twice: %s and %s"
                .formatted(known.get(settlement.job()), settlement));
      }
      if (!fresh.remove(settlement.job())) {
        continue; // it was settled before, perhaps in this very group
      }
      requireCharged(settlement, Optional.ofNullable(charges.get(settlement.job())));
      if (settlement.price().isZero()) {
        continue; // it was free, so nothing is pending
      }
      drafts.addAll(parts(settlement));
      noLongerPending.merge(settlement.worker(), settlement.price(), TokenAmount::plus);
      PurseRow row = Objects.requireNonNull(rows.get(settlement.requester()));
      if (settlement.position() <= row.purse().position()) {
        TokenAmount spoken = unsettled.getOrDefault(settlement.requester(), row.unsettled());
        unsettled.put(settlement.requester(), spoken.minus(settlement.price()));
      }
    }
    write(drafts, unsettled);
    purses.takePending(noLongerPending);
  }

  private static void requireCharged(Settlement settlement, Optional<Charged> charged) {
    var expected =
        new Charged(
            settlement.requester(),
            new Charge(settlement.job(), settlement.worker(), settlement.price()));
    boolean isFree = charged.isEmpty() && settlement.price().isZero();
    if (!isFree && !charged.equals(Optional.of(expected))) {
      throw new IllegalStateException(
          "%s is settled, and charged: %s".formatted(settlement, charged));
    }
  }

  private static List<Draft> parts(Settlement settlement) {
    String pending = Purses.pending(settlement.worker());
    TokenAmount fee = settlement.price().minus(settlement.earned());
    return Stream.of(
            new Draft(
                "settle",
                pending,
                Purses.earned(settlement.worker()),
                settlement.earned(),
                settlement.job()),
            new Draft("fee", pending, Purses.FEES, fee, settlement.job()))
        .filter(draft -> !draft.amount().isZero())
        .toList();
  }

  /**
   * Takes back what was charged, all of it: the result was found wrong. What was free stays free.
   *
   * <p>A second refund of a job is refused by the database.
   */
  @Transactional(propagation = Propagation.MANDATORY)
  public void refund(List<UUID> jobs) {
    Map<UUID, Charged> charges = purses.charged(jobs);
    Map<WalletAddress, TokenAmount> unsettled = new HashMap<>();
    purses
        .lock(charges.values().stream().map(Charged::requester).toList())
        .forEach((requester, row) -> unsettled.put(requester, row.unsettled()));
    TreeMap<WalletAddress, TokenAmount> noLongerPending = new TreeMap<>();
    List<Draft> drafts = new ArrayList<>();
    charges.forEach((job, charged) -> {
      Charge charge = charged.charge();
      drafts.add(
          new Draft(
              "refund",
              Purses.pending(charge.worker()),
              Purses.available(charged.requester()),
              charge.price(),
              job));
      noLongerPending.merge(charge.worker(), charge.price(), TokenAmount::plus);
      unsettled.computeIfPresent(charged.requester(), (_, spoken) -> spoken.minus(charge.price()));
    });
    write(drafts, unsettled);
    purses.takePending(noLongerPending);
  }

  /** Earned and not yet settled on chain. */
  public TokenAmount pendingOf(WalletAddress worker) {
    return purses.pendingOf(worker);
  }

  /** As {@link #pendingOf(WalletAddress)}, of those that have any. */
  public Map<WalletAddress, TokenAmount> pendingOf(Collection<WalletAddress> workers) {
    return purses.pendingOf(workers);
  }

  private static Draft release(UUID job, WalletAddress requester, TokenAmount amount) {
    return new Draft(
        "release", Purses.reserved(requester), Purses.available(requester), amount, job);
  }

  private Map<WalletAddress, TokenAmount> unsettledOf(Map<UUID, Held> held) {
    Map<WalletAddress, TokenAmount> unsettled = new HashMap<>();
    purses
        .lock(held.values().stream().map(Held::requester).toList())
        .forEach((requester, row) -> unsettled.put(requester, row.unsettled()));
    return unsettled;
  }

  private void write(List<Draft> drafts, Map<WalletAddress, TokenAmount> unsettled) {
    if (!drafts.isEmpty()) {
      purses.write(drafts, unsettled, NOTHING_EARNED);
    }
  }

  private void writeLater(
      List<Draft> drafts,
      Map<WalletAddress, TokenAmount> unsettled,
      SortedMap<WalletAddress, TokenAmount> earned,
      OneTrip later) {
    if (!drafts.isEmpty()) {
      purses.writeLater(drafts, unsettled, earned, later);
    }
  }
}
