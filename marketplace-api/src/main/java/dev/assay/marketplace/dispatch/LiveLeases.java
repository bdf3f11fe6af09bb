package dev.assay.marketplace.dispatch;

import dev.assay.marketplace.job.JobProgress;
import dev.assay.protocol.JobId;
import dev.assay.protocol.wire.AttemptRef;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/** The leases that this process has given and that have not ended, with when each lapses. */
@Component
public class LiveLeases implements JobProgress {
  private final Map<AttemptRef, Timed> leases = new ConcurrentHashMap<>();
  private final Map<JobId, AttemptRef> byJob = new ConcurrentHashMap<>();

  private record Timed(LiveLease lease, Instant lapsesAt) {}

  void add(LiveLease lease, Instant lapsesAt) {
    leases.put(lease.ref(), new Timed(lease, earlier(lapsesAt, lease.deadline())));
    byJob.put(lease.job().id(), lease.ref());
  }

  public Optional<LiveLease> find(AttemptRef ref) {
    return Optional.ofNullable(leases.get(ref)).map(Timed::lease);
  }

  Optional<LiveLease> ofJob(JobId job) {
    return Optional.ofNullable(byJob.get(job)).flatMap(this::find);
  }

  /**
   * @return whether this call removed it
   */
  boolean remove(LiveLease lease) {
    byJob.remove(lease.job().id(), lease.ref());
    return leases.remove(lease.ref()) != null;
  }

  /** A sign of life. */
  void extend(AttemptRef ref, Instant lapsesAt) {
    leases.computeIfPresent(
        ref, (_, timed) -> new Timed(timed.lease(), earlier(lapsesAt, timed.lease().deadline())));
  }

  List<LiveLease> lapsedAt(Instant now) {
    return leases.values().stream()
        .filter(timed -> !now.isBefore(timed.lapsesAt()))
        .map(Timed::lease)
        .toList();
  }

  @Override
  public Set<JobId> executing(Collection<JobId> jobs) {
    return jobs.stream().filter(byJob::containsKey).collect(Collectors.toUnmodifiableSet());
  }

  int size() {
    return leases.size();
  }

  private static Instant earlier(Instant a, Instant b) {
    return a.isBefore(b) ? a : b;
  }
}
