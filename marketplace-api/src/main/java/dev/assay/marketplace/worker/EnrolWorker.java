package dev.assay.marketplace.worker;

import dev.assay.determinism.CrashPoint;
import dev.assay.determinism.Ids;
import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.protocol.EventId;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.event.WorkerEnrolled;
import dev.assay.tracing.Traces;
import java.time.Clock;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionOperations;

/**
 * Lets a worker in at its first poll; every later poll costs no query, also of a process that has
 * just started: all of them come at once then.
 */
@Service
public class EnrolWorker implements SmartInitializingSingleton {
  private static final Logger LOG = LoggerFactory.getLogger(EnrolWorker.class);
  private static final int TOGETHER = 4;

  private final Workers workers;
  private final WorkerSettings settings;
  private final ApplicationEventPublisher events;
  private final TransactionOperations transaction;
  private final Traces traces;
  private final Clock clock;
  private final Ids ids;

  /**
   * A transaction that publishes an event holds its connection while the event asks for another. So
   * many workers come at once, after a start of theirs or ours, that all of the pool's would wait
   * for each other; they wait here instead.
   */
  private final Semaphore together = new Semaphore(TOGETHER, true);

  /** Bounded by the limit on enrolments: only enrolled workers are remembered. */
  private final Set<WalletAddress> known = ConcurrentHashMap.newKeySet();

  EnrolWorker(
      Workers workers,
      WorkerSettings settings,
      ApplicationEventPublisher events,
      TransactionOperations transaction,
      Traces traces,
      Clock clock,
      Ids ids) {
    this.workers = workers;
    this.settings = settings;
    this.events = events;
    this.transaction = transaction;
    this.traces = traces;
    this.clock = clock;
    this.ids = ids;
  }

  @Override
  public void afterSingletonsInstantiated() {
    workers.addresses().forEach(address -> known.add(new WalletAddress(address)));
  }

  /**
   * @throws Problem {@link ProblemType#MARKET_FULL} if no more workers are let in
   */
  public void enrol(WalletAddress worker, String agentVersion) {
    if (known.contains(worker)) {
      return;
    }
    boolean isNew = inTurn(worker, agentVersion);
    CrashPoint.API_ENROLMENT_AFTER_COMMIT.reached();
    known.add(worker);
    if (isNew) {
      LOG.atInfo()
          .addKeyValue("worker", worker)
          .addKeyValue("agentVersion", agentVersion)
          .log("Worker enrolled");
    }
  }

  private boolean inTurn(WalletAddress worker, String agentVersion) {
    together.acquireUninterruptibly();
    try {
      return Boolean.TRUE.equals(transaction.execute(_ -> record(worker, agentVersion)));
    } finally {
      together.release();
    }
  }

  private boolean record(WalletAddress worker, String agentVersion) {
    if (workers.findById(worker.hex()).isPresent()) {
      return false;
    }
    if (workers.count() >= settings.limit()) {
      throw new Problem(
          ProblemType.MARKET_FULL,
          "This market takes %d workers and has them. Try again later."
              .formatted(settings.limit()));
    }
    var now = clock.instant();
    if (workers.enrolIfAbsent(worker.hex(), agentVersion, now) == 0) {
      return false; // another poll of the same worker was faster
    }
    events.publishEvent(
        new WorkerEnrolled(new EventId(ids.next()), now, worker, traces.traceparent()));
    CrashPoint.API_ENROLMENT_BEFORE_COMMIT.reached();
    return true;
  }
}
