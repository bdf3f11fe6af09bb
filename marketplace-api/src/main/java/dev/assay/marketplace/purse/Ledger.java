package dev.assay.marketplace.purse;

import dev.assay.marketplace.platform.OneTrip;
import dev.assay.marketplace.platform.OneTrip.Answer;
import dev.assay.marketplace.purse.Purses.Charged;
import dev.assay.marketplace.purse.Purses.Draft;
import dev.assay.marketplace.purse.Purses.PurseRow;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import java.math.BigInteger;
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
  private final Purses purses;

  Ledger(Purses purses) {
    this.purses = purses;
  }

  /** Purses that are locked until the end of the transaction, once the trip has been made. */
  public static final class Locked {
    private final Answer<PurseRow> purses;

    private Locked(Answer<PurseRow> purses) {
      this.purses = purses;
    }
  }

  /** For {@link #reserve}. */
  public Locked lock(Collection<WalletAddress> requesters, OneTrip trip) {
    return new Locked(purses.lock(requesters, trip));
  }

  /**
   * Holds money for new jobs.
   *
   * @param locked the purses of their requesters
   * @param trip takes what is written; until it is sent, what is available is what it was
   * @return one answer for each, in order; several of one requester are decided in order
   */
  public List<ReserveResult> reserve(List<Reservation> reservations, Locked locked, OneTrip trip) {
    Map<WalletAddress, TokenAmount> available = new HashMap<>();
    locked.purses.rows().forEach(row -> available.put(row.purse().requester(), row.available()));
    SortedMap<WalletAddress, BigInteger> unsettled = new TreeMap<>();
    List<Draft> drafts = new ArrayList<>();
    List<ReserveResult> results = new ArrayList<>(reservations.size());
    for (Reservation reservation : reservations) {
      WalletAddress requester = reservation.requester();
      TokenAmount left = available.getOrDefault(requester, TokenAmount.ZERO);
      if (left.compareTo(reservation.amount()) < 0) {
        results.add(new ReserveResult.Insufficient(left));
        continue;
      }
      results.add(new ReserveResult.Reserved());
      if (!reservation.amount().isZero()) {
        available.put(requester, left.minus(reservation.amount()));
        unsettled.merge(requester, reservation.amount().toBigInteger(), BigInteger::add);
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
    write(drafts, unsettled, Collections.emptySortedMap(), trip);
    return results;
  }

  /**
   * Ends reservations, by paying or by giving all back. What is over goes back to the requester.
   *
   * @param trip takes what is written; that each ends with what was held for it is the database's
   *     to check
   */
  public void end(List<Ending> endings, OneTrip trip) {
    SortedMap<WalletAddress, BigInteger> unsettled = new TreeMap<>();
    SortedMap<WalletAddress, TokenAmount> earned = new TreeMap<>();
    List<Draft> drafts = new ArrayList<>();
    for (Ending ending : endings) {
      TokenAmount price = ending.charge().map(Charge::price).orElse(TokenAmount.ZERO);
      if (ending.held().compareTo(price) < 0) {
        throw new IllegalStateException(
            "Job %s costs %s and only %s is held for it"
                .formatted(ending.job(), price, ending.held()));
      }
      String reserved = Purses.reserved(ending.requester());
      TokenAmount rest = ending.held().minus(price);
      if (!price.isZero()) {
        WalletAddress worker = ending.charge().orElseThrow().worker();
        drafts.add(new Draft("charge", reserved, Purses.pending(worker), price, ending.job()));
        earned.merge(worker, price, TokenAmount::plus);
      }
      if (!rest.isZero()) {
        drafts.add(
            new Draft(
                price.isZero() ? "release" : "return",
                reserved,
                Purses.available(ending.requester()),
                rest,
                ending.job()));
        unsettled.merge(ending.requester(), rest.toBigInteger().negate(), BigInteger::add);
      }
    }
    write(drafts, unsettled, earned, trip);
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
    SortedMap<WalletAddress, BigInteger> unsettled = new TreeMap<>();
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
        unsettled.merge(
            settlement.requester(), settlement.price().toBigInteger().negate(), BigInteger::add);
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
    SortedMap<WalletAddress, BigInteger> unsettled = new TreeMap<>();
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
      unsettled.merge(charged.requester(), charge.price().toBigInteger().negate(), BigInteger::add);
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

  private void write(List<Draft> drafts, SortedMap<WalletAddress, BigInteger> unsettled) {
    if (!drafts.isEmpty()) {
      purses.write(drafts, unsettled);
    }
  }

  private void write(
      List<Draft> drafts,
      SortedMap<WalletAddress, BigInteger> unsettled,
      SortedMap<WalletAddress, TokenAmount> earned,
      OneTrip trip) {
    if (!drafts.isEmpty()) {
      purses.write(drafts, unsettled, earned, trip);
    }
  }
}
