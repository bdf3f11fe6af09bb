package dev.assay.marketplace.job;

import dev.assay.marketplace.identity.KeyBudgets;
import dev.assay.marketplace.identity.KeySpend;
import dev.assay.marketplace.platform.OneTrip;
import dev.assay.marketplace.platform.OneTrip.Answer;
import dev.assay.marketplace.platform.Transactions;
import dev.assay.marketplace.purse.Charge;
import dev.assay.marketplace.purse.Ending;
import dev.assay.marketplace.purse.Ledger;
import dev.assay.protocol.JobId;
import dev.assay.protocol.TokenAmount;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.stereotype.Service;

/**
 * The one place where jobs end. With its end goes its money, in the same transaction: to the worker
 * if there is a result, else back.
 */
@Service
public class EndJobs {
  private static final Logger LOG = LoggerFactory.getLogger(EndJobs.class);

  private final Jobs jobs;
  private final Ledger ledger;
  private final KeyBudgets budgets;
  private final Blobs blobs;
  private final Transactions transactions;
  private final ApplicationEventPublisher events;

  EndJobs(
      Jobs jobs,
      Ledger ledger,
      KeyBudgets budgets,
      Blobs blobs,
      Transactions transactions,
      ApplicationEventPublisher events) {
    this.jobs = jobs;
    this.ledger = ledger;
    this.budgets = budgets;
    this.blobs = blobs;
    this.transactions = transactions;
    this.events = events;
  }

  /**
   * In a transaction of its own, and tells it.
   *
   * @return the jobs that have ended by this
   */
  public Set<JobId> endNow(List<JobEnd> ends) {
    Set<JobId> ended =
        transactions.commit(trip -> {
          Begun begun = begin(ends, trip);
          trip.send();
          Set<JobId> fresh = begun.ended();
          finish(begun, trip);
          return () -> fresh;
        });
    tell(ends.stream().filter(end -> ended.contains(end.job())).map(JobEnded::without).toList());
    return ended;
  }

  /**
   * Within the caller's transaction. A result that was found wrong costs nothing: neither its
   * requester, nor the budget of the key that it was posted with.
   */
  public void refund(List<JobId> wrong) {
    transactions.commit(trip -> {
      budgets.giveBack(jobs.costs(wrong), trip); // keys before purses, as all lock them
      return () -> wrong;
    });
    ledger.refund(wrong.stream().map(JobId::uuid).toList());
  }

  /** After the commit. */
  public void tell(List<JobEnded> all) {
    for (JobEnded ended : all) {
      try {
        events.publishEvent(ended);
      } catch (RuntimeException e) { // the others have ended too, and must be told
        LOG.atError()
            .setCause(e)
            .addKeyValue("job", ended.end().job())
            .log("A job's end was not heard");
      }
    }
  }

  /** Ends that are written, and whose money has not moved yet. */
  public static final class Begun {
    private final List<JobEnd> ends;
    private final Answer<Jobs.Ended> rows;

    private Begun(List<JobEnd> ends, Answer<Jobs.Ended> rows) {
      this.ends = ends;
      this.rows = rows;
    }

    /** After the trip: the jobs that have ended by this; the others had their end already. */
    public Set<JobId> ended() {
      return rows.rows().stream().map(Jobs.Ended::job).collect(Collectors.toUnmodifiableSet());
    }
  }

  /** Within the caller's transaction, which {@link #finish}es it or is undone. */
  public Begun begin(List<JobEnd> ends, OneTrip trip) {
    return new Begun(ends, jobs.end(ends, trip));
  }

  /**
   * Moves the money.
   *
   * @param trip the caller's last: purses that everybody wants are locked until the commit
   */
  public void finish(Begun begun, OneTrip trip) {
    Map<JobId, Jobs.Ended> rows = new HashMap<>();
    begun.rows.rows().forEach(row -> rows.put(row.job(), row));
    List<Ending> endings = new ArrayList<>();
    List<KeySpend> back = new ArrayList<>();
    List<JobId> unanswered = new ArrayList<>();
    for (JobEnd end : begun.ends) {
      Jobs.Ended row = rows.remove(end.job());
      if (row == null) {
        continue; // it had an end before, perhaps in this very group
      }
      Optional<Charge> charge =
          switch (end) {
            case JobEnd.Attested(var job, _, _, var worker, var price, _, _) ->
                Optional.of(new Charge(job.uuid(), worker, price));
            case JobEnd.Cancelled _, JobEnd.Expired _, JobEnd.Unserved _ -> Optional.empty();
          };
      if (charge.isEmpty()) {
        unanswered.add(end.job());
      }
      endings.add(new Ending(end.job().uuid(), row.requester(), row.held(), charge));
      // A key's budget counts what jobs cost, not what was held for them.
      TokenAmount price = charge.map(Charge::price).orElse(TokenAmount.ZERO);
      row.apiKey().ifPresent(key -> back.add(new KeySpend(key, row.held().minus(price))));
    }
    budgets.giveBack(back, trip);
    ledger.end(endings, trip);
    if (!unanswered.isEmpty()) {
      blobs.release(unanswered, trip); // after purses, as posts keep them
    }
  }
}
