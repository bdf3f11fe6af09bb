package dev.assay.marketplace.job;

import dev.assay.marketplace.platform.ByClock;
import dev.assay.marketplace.platform.ByOneReplica;
import dev.assay.marketplace.platform.EachAlone;
import dev.assay.marketplace.platform.WhenChanged;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Service;
import org.springframework.transaction.CannotCreateTransactionException;

/** Ends the jobs whose deadline has passed, and gives their money back. */
@Service
class ExpireJobs implements ByClock {
  private static final Logger LOG = LoggerFactory.getLogger(ExpireJobs.class);
  private static final int AT_ONCE = 500;

  private final Jobs jobs;
  private final EndJobs endings;
  private final Clock clock;

  ExpireJobs(Jobs jobs, EndJobs endings, Clock clock) {
    this.jobs = jobs;
    this.endings = endings;
    this.clock = clock;
  }

  @ByOneReplica
  @WhenChanged
  @Scheduled(
      initialDelayString = "${marketplace.job.expire-every:1s}",
      fixedDelayString = "${marketplace.job.expire-every:1s}")
  void expire() {
    List<Job> overdue;
    do {
      overdue = jobs.overdue(clock.instant(), AT_ONCE);
      if (!overdue.isEmpty()) {
        List<JobEnd> ends =
            overdue.stream()
                .<JobEnd>map(job -> new JobEnd.Expired(job.id(), clock.instant()))
                .toList();
        end(ends);
      }
    } while (overdue.size() == AT_ONCE);
  }

  /** Together, as far as none of them keeps the others. */
  private void end(List<JobEnd> ends) {
    int ended;
    try {
      ended = endings.endNow(ends).size();
    } catch (CannotCreateTransactionException | DataAccessResourceFailureException away) {
      throw away;
    } catch (RuntimeException e) {
      if (ends.size() == 1) {
        throw e;
      }
      EachAlone.run(ends, end -> end(List.of(end)));
      return;
    }
    LOG.atInfo().addKeyValue("jobs", ended).log("Jobs expired; their money is released");
  }

  @Override
  public Optional<Instant> due() {
    return jobs.earliestDeadline();
  }
}
