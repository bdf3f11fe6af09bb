package dev.assay.marketplace.audit;

import dev.assay.marketplace.audit.Standings.Subject;
import dev.assay.marketplace.job.JobEnd;
import dev.assay.marketplace.job.JobEnded;
import dev.assay.marketplace.matching.Exposure;
import dev.assay.marketplace.matching.Exposures;
import dev.assay.marketplace.matching.ExposuresChanged;
import dev.assay.marketplace.offer.Offer;
import dev.assay.marketplace.purse.Ledger;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.audit.TrackRecord;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.event.EventListener;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * Keeps in memory what matching asks: of those workers that it asked about of late, read once a
 * second for all of them. Whoever is asked about for the first time is a newcomer until then; who
 * turns out to be none, or has been paid, is looked at again where it waits.
 */
@Component
class WorkerExposures implements Exposures {
  private static final int PAGE = 5_000;
  private static final int MOST = 200_000;
  private static final Duration FRESH = Duration.ofSeconds(2);

  private final Standings standings;
  private final Ledger ledger;
  private final ApplicationEventPublisher events;
  private final Clock clock;
  private final Set<Subject> asked = ConcurrentHashMap.newKeySet();
  private final Map<Subject, TrackRecord> records = new ConcurrentHashMap<>();
  private final Map<WalletAddress, TokenAmount> unsettled = new ConcurrentHashMap<>();

  private volatile Reading last = Reading.NONE;

  /** Whom the last reading was of, and when it began. */
  private record Reading(Set<Subject> of, Instant at) {
    static final Reading NONE = new Reading(Set.of(), Instant.MIN);
  }

  WorkerExposures(
      Standings standings, Ledger ledger, ApplicationEventPublisher events, Clock clock) {
    this.clock = clock;
    this.standings = standings;
    this.ledger = ledger;
    this.events = events;
  }

  /**
   * What audits have shown of a worker, two seconds old at most; nothing if matching has not asked
   * about it of late, or the reading takes longer.
   */
  Optional<TrackRecord> recent(Subject subject) {
    Reading reading = last;
    boolean isFresh =
        !clock.instant().isAfter(reading.at.plus(FRESH)) && reading.of.contains(subject);
    return isFresh ? Optional.of(records.getOrDefault(subject, TrackRecord.NEW)) : Optional.empty();
  }

  @Override
  public Exposure of(Offer offer) {
    var subject = new Subject(offer.worker(), offer.modelDigest(), offer.profile());
    if (asked.size() < MOST) {
      asked.add(subject);
    }
    return new Exposure(
        unsettled.getOrDefault(offer.worker(), TokenAmount.ZERO),
        records.getOrDefault(subject, TrackRecord.NEW));
  }

  /** At once: what is no longer under way is unsettled. */
  @EventListener
  void on(JobEnded ended) {
    if (ended.end() instanceof JobEnd.Attested attested) {
      unsettled.computeIfPresent(attested.worker(), (_, before) -> before.plus(attested.price()));
    }
  }

  @Scheduled(
      initialDelayString = "${marketplace.audit.exposure-every:1s}",
      fixedDelayString = "${marketplace.audit.exposure-every:1s}")
  void refresh() {
    Instant at = clock.instant();
    List<Subject> subjects = new ArrayList<>(asked);
    asked.clear();
    if (records.size() + unsettled.size() > MOST) {
      last = Reading.NONE;
      records.clear();
      unsettled.clear();
    }
    Set<WalletAddress> relieved = new HashSet<>();
    Set<Subject> read = new HashSet<>();
    try {
      for (int from = 0; from < subjects.size(); from += PAGE) {
        List<Subject> page = subjects.subList(from, Math.min(subjects.size(), from + PAGE));
        refresh(page, relieved);
        read.addAll(page);
      }
    } finally {
      last = new Reading(read, at); // and not those of before, if the database was away
    }
    if (!relieved.isEmpty()) {
      events.publishEvent(new ExposuresChanged(relieved));
    }
  }

  private void refresh(List<Subject> page, Set<WalletAddress> relieved) {
    standings
        .of(page)
        .forEach((subject, now) -> {
          TrackRecord before = records.put(subject, now);
          if (now.passes() > (before == null ? TrackRecord.NEW : before).passes()) {
            relieved.add(subject.worker());
          }
        });
    Set<WalletAddress> workers = page.stream().map(Subject::worker).collect(Collectors.toSet());
    Map<WalletAddress, TokenAmount> pending = ledger.pendingOf(workers);
    for (WalletAddress worker : workers) {
      TokenAmount now = pending.getOrDefault(worker, TokenAmount.ZERO);
      TokenAmount before = unsettled.put(worker, now);
      if (before != null && now.compareTo(before) < 0) {
        relieved.add(worker);
      }
    }
  }
}
