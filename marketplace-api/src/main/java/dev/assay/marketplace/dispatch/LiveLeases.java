package dev.assay.marketplace.dispatch;

import dev.assay.marketplace.matching.InHand;
import dev.assay.marketplace.matching.InHand.Hold;
import dev.assay.marketplace.matching.Proposal;
import dev.assay.marketplace.platform.Replicas;
import dev.assay.protocol.JobId;
import dev.assay.protocol.wire.AttemptRef;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.stereotype.Component;

/**
 * The leases that this process watches over: those it has given, and those it has taken over from
 * another that died, or was thought dead and watches over them too. It knows when each lapses; that
 * a worker has them in hand is {@link InHand}'s to know, together with what others have given.
 */
@Component
class LiveLeases {
  private final InHand inHand;
  private final Replicas replicas;
  private final Map<AttemptRef, Timed> leases = new ConcurrentHashMap<>();

  LiveLeases(InHand inHand, Replicas replicas) {
    this.inHand = inHand;
    this.replicas = replicas;
  }

  private record Timed(
      LiveLease lease, Instant lapsesAt, boolean isTakenOver, boolean isCancelled) {
    Timed(LiveLease lease, Instant lapsesAt, boolean isTakenOver) {
      this(lease, earlier(lapsesAt, lease.deadline()), isTakenOver, false);
    }

    Timed until(Instant moment) {
      return new Timed(lease, earlier(moment, lease.deadline()), isTakenOver, isCancelled);
    }

    Timed cancelled() {
      return new Timed(lease, lapsesAt, isTakenOver, true);
    }
  }

  void add(LiveLease lease, Instant lapsesAt) {
    add(new Timed(lease, lapsesAt, false));
  }

  /** One that another replica gave. */
  void takeOver(LiveLease lease, Instant lapsesAt) {
    add(new Timed(lease, lapsesAt, true));
  }

  private void add(Timed timed) {
    LiveLease lease = timed.lease();
    inHand.lease(lease.hold(), lease.job().modelDigest(), lease.proposal().price());
    leases.put(lease.ref(), timed);
  }

  Optional<LiveLease> find(AttemptRef ref) {
    return Optional.ofNullable(leases.get(ref)).map(Timed::lease);
  }

  /** What this very proposal has become, if it is a lease. */
  Optional<LiveLease> of(Proposal proposal) {
    return find(Hold.of(proposal).attempt()).filter(lease -> lease.proposal() == proposal);
  }

  List<LiveLease> all() {
    return leases.values().stream().map(Timed::lease).toList();
  }

  List<LiveLease> begunBefore(Instant moment) {
    return all().stream().filter(lease -> lease.began().isBefore(moment)).toList();
  }

  /** More than one only while a hedge runs. */
  List<LiveLease> ofJob(JobId job) {
    return inHand.leased(job).stream()
        .map(hold -> find(hold.attempt()))
        .flatMap(Optional::stream)
        .toList();
  }

  void remove(LiveLease lease) {
    inHand.end(lease.hold());
    leases.remove(lease.ref());
  }

  /**
   * A sign of life.
   *
   * @return whether nobody else watches over the lease; else it must be written for them
   */
  boolean extend(AttemptRef ref, Instant lapsesAt) {
    Timed extended = leases.computeIfPresent(ref, (_, timed) -> timed.until(lapsesAt));
    return extended != null
        && !extended.isTakenOver()
        && !replicas.wasDoubtedSince(extended.lease().began());
  }

  /** Its requester wants no more. */
  void cancel(AttemptRef ref) {
    leases.computeIfPresent(ref, (_, timed) -> timed.cancelled());
  }

  boolean isCancelled(AttemptRef ref) {
    Timed timed = leases.get(ref);
    return timed != null && timed.isCancelled();
  }

  List<LiveLease> lapsedAt(Instant now) {
    return leases.values().stream()
        .filter(timed -> !now.isBefore(timed.lapsesAt()))
        .map(Timed::lease)
        .toList();
  }

  int size() {
    return leases.size();
  }

  private static Instant earlier(Instant a, Instant b) {
    return a.isBefore(b) ? a : b;
  }
}
