package dev.assay.marketplace.dispatch;

import dev.assay.marketplace.matching.InHand;
import dev.assay.marketplace.matching.InHand.Hold;
import dev.assay.marketplace.matching.Proposal;
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
 * another that died. It knows when each lapses; that a worker has them in hand is {@link InHand}'s
 * to know, together with what others have given.
 */
@Component
class LiveLeases {
  private final InHand inHand;
  private final Map<AttemptRef, Timed> leases = new ConcurrentHashMap<>();

  LiveLeases(InHand inHand) {
    this.inHand = inHand;
  }

  private record Timed(LiveLease lease, Instant lapsesAt, boolean isCancelled) {}

  void add(LiveLease lease, Instant lapsesAt) {
    inHand.lease(lease.hold(), lease.job().modelDigest(), lease.proposal().price());
    leases.put(lease.ref(), new Timed(lease, earlier(lapsesAt, lease.deadline()), false));
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

  /** A sign of life. */
  void extend(AttemptRef ref, Instant lapsesAt) {
    leases.computeIfPresent(
        ref,
        (_, timed) ->
            new Timed(
                timed.lease(), earlier(lapsesAt, timed.lease().deadline()), timed.isCancelled()));
  }

  /** Its requester wants no more. */
  void cancel(AttemptRef ref) {
    leases.computeIfPresent(ref, (_, timed) -> new Timed(timed.lease(), timed.lapsesAt(), true));
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
