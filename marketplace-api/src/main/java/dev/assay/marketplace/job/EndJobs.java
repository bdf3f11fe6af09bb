package dev.assay.marketplace.job;

import dev.assay.marketplace.identity.KeyBudgets;
import dev.assay.marketplace.identity.KeySpend;
import dev.assay.marketplace.platform.OneTrip;
import dev.assay.marketplace.purse.Charge;
import dev.assay.marketplace.purse.Ending;
import dev.assay.marketplace.purse.Ledger;
import dev.assay.protocol.JobId;
import dev.assay.protocol.TokenAmount;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionOperations;

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
  private final TransactionOperations transaction;
  private final ApplicationEventPublisher events;

  EndJobs(
      Jobs jobs,
      Ledger ledger,
      KeyBudgets budgets,
      TransactionOperations transaction,
      ApplicationEventPublisher events) {
    this.jobs = jobs;
    this.ledger = ledger;
    this.budgets = budgets;
    this.transaction = transaction;
    this.events = events;
  }

  /**
   * In a transaction of its own, and tells it.
   *
   * @return the jobs that have ended by this
   */
  public Set<JobId> endNow(List<JobEnd> ends) {
    Set<JobId> ended =
        Objects.requireNonNull(
            transaction.execute(_ -> {
              var lastWrites = new OneTrip();
              Set<JobId> fresh = end(ends, lastWrites);
              lastWrites.send();
              return fresh;
            }));
    tell(ends.stream().filter(end -> ended.contains(end.job())).map(JobEnded::without).toList());
    return ended;
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

  /**
   * Within the caller's transaction.
   *
   * @param later takes what is written last
   * @return the jobs that have ended by this; the others had their end already
   */
  public Set<JobId> end(List<JobEnd> ends, OneTrip later) {
    Map<JobId, Jobs.Ended> rows = new HashMap<>();
    jobs.end(ends).forEach(row -> rows.put(row.job(), row));
    Set<JobId> ended = Set.copyOf(rows.keySet());
    List<Ending> endings = new ArrayList<>();
    List<KeySpend> back = new ArrayList<>();
    for (JobEnd end : ends) {
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
      endings.add(new Ending(end.job().uuid(), row.requester(), row.held(), charge));
      // A key's budget counts what jobs cost, not what was held for them.
      TokenAmount price = charge.map(Charge::price).orElse(TokenAmount.ZERO);
      row.apiKey().ifPresent(key -> back.add(new KeySpend(key, row.held().minus(price))));
    }
    if (!back.isEmpty()) {
      budgets.giveBack(back);
    }
    ledger.end(endings, later);
    return ended;
  }
}
