package dev.assay.marketplace.dispatch;

import dev.assay.marketplace.dispatch.Assignments.AssignmentRow;
import dev.assay.marketplace.job.Job;
import dev.assay.marketplace.matching.OpenJob;
import dev.assay.protocol.JobId;
import dev.assay.protocol.WalletAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What happened to a job so far.
 *
 * @param last attempt that was made; 0 if none was
 * @param live attempts without an end
 * @param failed workers whose attempts lapsed or failed
 * @param notAgain those, and who gave back again and again, though it is not held against it
 */
record AttemptHistory(
    int last, List<AssignmentRow> live, Set<WalletAddress> failed, Set<WalletAddress> notAgain) {
  static final AttemptHistory NONE = new AttemptHistory(0, List.of(), Set.of(), Set.of());

  private static final int MOST_HAND_BACKS = 2;

  static Map<JobId, AttemptHistory> of(List<AssignmentRow> rows) {
    return rows.stream().collect(Collectors.groupingBy(row -> row.key().job())).entrySet().stream()
        .collect(Collectors.toMap(Map.Entry::getKey, entry -> ofOne(entry.getValue())));
  }

  private static AttemptHistory ofOne(List<AssignmentRow> rows) {
    Set<WalletAddress> failed = new HashSet<>();
    Map<WalletAddress, Integer> left = new HashMap<>();
    int last = 0;
    for (AssignmentRow row : rows) {
      last = Math.max(last, row.key().attempt());
      if (row.end().map(end -> end.reason().isFailure()).orElse(false)) {
        failed.add(row.worker());
      } else {
        left.merge(row.worker(), 1, Integer::sum);
      }
    }
    Set<WalletAddress> notAgain = new HashSet<>(failed);
    left.forEach((worker, times) -> {
      if (times >= MOST_HAND_BACKS) {
        notAgain.add(worker);
      }
    });
    return new AttemptHistory(
        last, rows.stream().filter(row -> row.end().isEmpty()).toList(), failed, notAgain);
  }

  boolean isExecuting() {
    return !live.isEmpty();
  }

  /** Whether all workers that may have the job have had it. */
  boolean isLeftToNobody(Job job) {
    Set<WalletAddress> only = job.wishes().only();
    return !only.isEmpty() && notAgain.containsAll(only);
  }

  OpenJob next(Job job) {
    return new OpenJob(job, last + 1, notAgain);
  }

  /** Beside the attempt that is live, with another worker. */
  OpenJob hedge(Job job) {
    Set<WalletAddress> others = new HashSet<>(notAgain);
    live.forEach(row -> others.add(row.worker()));
    return new OpenJob(job, last + 1, others, true);
  }
}
