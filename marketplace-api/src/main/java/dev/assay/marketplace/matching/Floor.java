package dev.assay.marketplace.matching;

import dev.assay.marketplace.job.Job;
import dev.assay.marketplace.matching.Candidates.Parked;
import dev.assay.marketplace.matching.Eligibility.Ineligible;
import dev.assay.marketplace.matching.InHand.Hold;
import dev.assay.marketplace.matching.MatchTrace.CandidateTrace;
import dev.assay.marketplace.offer.Offer;
import dev.assay.marketplace.offer.Offers;
import dev.assay.marketplace.pause.Pause;
import dev.assay.marketplace.pause.Pauses;
import dev.assay.marketplace.stake.Stakes;
import dev.assay.protocol.Digest;
import dev.assay.protocol.JobId;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.stereotype.Component;

/**
 * Where open jobs and parked workers meet, in memory. Whatever comes, job or worker, is matched at
 * once with what is there; the other side waits. One lock holds it together: a match takes
 * microseconds and no step waits for anything.
 *
 * <p>It only proposes. That a job has one lease is PostgreSQL's to say.
 */
@Component
public class Floor {
  private static final int TRACED = 100;

  private final FloorSources sources;
  private final Clock clock;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Digest, Market> markets = new HashMap<>();
  private final Map<WalletAddress, Set<Poll>> parked = new HashMap<>();
  private final InHand inHand;
  private long arrivals;

  /** Of one model. */
  private static final class Market {
    private final FairQueue jobs = new FairQueue();
    private final Candidates candidates = new Candidates();

    /** When a worker that offers it came for work last. */
    private Instant askedAt = Instant.MIN;
  }

  @Autowired
  Floor(
      Offers offers,
      Stakes stakes,
      Pauses pauses,
      Exposures exposures,
      InHand inHand,
      Clock clock,
      MeterRegistry meters) {
    this(
        new FloorSources(
            offers::of,
            offers::onMarket,
            stakes::freeStakeOf,
            exposures::of,
            offer -> pauses.of(offer.modelDigest(), offer.worker()).map(Pause::words).orElse("")),
        inHand,
        clock,
        meters);
  }

  /**
   * @param sources asked with the floor's lock held
   */
  public Floor(FloorSources sources, InHand inHand, Clock clock, MeterRegistry meters) {
    this.sources = sources;
    this.inHand = inHand;
    this.clock = clock;
    Gauge.builder("market.jobs.waiting", this, Floor::waiting)
        .description("Jobs that wait here for a worker")
        .register(meters);
    Gauge.builder("market.polls.parked", this, Floor::parked)
        .description("Workers that wait here for work")
        .register(meters);
  }

  /**
   * A job wants a worker. Proposed to the best that waits, else kept for the next that comes. Does
   * nothing if it waits already or is in somebody's hand: at a start it may come from two sides.
   *
   * @return whether somebody is to have it at once
   */
  public boolean open(OpenJob open) {
    lock.lock();
    try {
      FairQueue jobs = market(open.job().modelDigest()).jobs;
      if (inHand.has(open.job().id())) {
        return true;
      }
      if (jobs.contains(open.job().id())) {
        return false;
      }
      boolean isOffered = offer(open);
      if (!isOffered) {
        jobs.add(open);
      }
      return isOffered;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Proposes a job to the best that waits, and keeps it for nobody.
   *
   * @return whether somebody is to have it
   */
  public boolean offer(OpenJob open) {
    lock.lock();
    try {
      Optional<Parked> match = best(open, clock.instant());
      match.ifPresent(chosen -> {
        unpark(chosen.poll());
        chosen.poll().propose(List.of(begin(open, chosen.offer())));
      });
      return match.isPresent();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Proposes jobs to those that wait, as far as they have capacity, and keeps them for nobody.
   *
   * @return those that somebody is to have
   */
  public Set<JobId> offer(List<OpenJob> several) {
    Set<JobId> offered = new HashSet<>();
    Map<Poll, Integer> room = new LinkedHashMap<>();
    lock.lock();
    try {
      Instant now = clock.instant();
      for (OpenJob open : several) {
        place(open, room, now)
            .ifPresent(one -> {
              one.poll().propose(List.of(one.proposal()));
              offered.add(open.job().id());
            });
      }
    } finally {
      lock.unlock();
    }
    return offered;
  }

  /** A job whose first lease is written together with it, and the poll that waits for that. */
  public record Expected(Proposal proposal, Poll poll) {}

  /**
   * Finds workers that wait here for jobs that are being posted. Each poll waits on until it is
   * told of each of them by {@link #give} or {@link #takeBack}. A job that nobody may have is left
   * out, and kept for nobody.
   */
  public List<Expected> expect(List<Job> posted) {
    List<Expected> expected = new ArrayList<>();
    Map<Poll, Integer> room = new LinkedHashMap<>();
    lock.lock();
    try {
      Instant now = clock.instant();
      for (Job job : posted) {
        place(new OpenJob(job, 1, Set.of()), room, now)
            .ifPresent(one -> {
              one.poll().expectOne();
              expected.add(one);
            });
      }
    } catch (RuntimeException | Error fault) {
      expected.forEach(this::takeBack); // or they would wait for ever
      throw fault;
    } finally {
      lock.unlock();
    }
    return expected;
  }

  /**
   * With the best that waits, else with one who gets another of them.
   *
   * @param room what those have left who got one of them
   */
  private Optional<Expected> place(OpenJob open, Map<Poll, Integer> room, Instant now) {
    Optional<Expected> placed =
        best(open, now)
            .map(chosen -> {
              unpark(chosen.poll());
              room.put(chosen.poll(), chosen.poll().capacity());
              return new Expected(begin(open, chosen.offer()), chosen.poll());
            })
            .or(() -> beside(open, room, now));
    placed.ifPresent(one -> room.merge(one.poll(), -1, Integer::sum));
    return placed;
  }

  /** Where nobody else waits: to one who gets another of them, as far as it has capacity. */
  private Optional<Expected> beside(OpenJob open, Map<Poll, Integer> room, Instant now) {
    for (Map.Entry<Poll, Integer> place : room.entrySet()) {
      if (place.getValue() > 0) {
        for (Offer offer : sources.offersOf().apply(place.getKey().worker())) {
          if (offer.modelDigest().equals(open.job().modelDigest())
              && EligibilityPolicy.of(open, standing(offer), now) instanceof Eligibility.Eligible) {
            return Optional.of(new Expected(begin(open, offer), place.getKey()));
          }
        }
      }
    }
    return Optional.empty();
  }

  /** It is a lease now. */
  public void give(Expected expected) {
    expected.poll().give(expected.proposal());
  }

  /** It never became a lease, and its job is not there. */
  public void takeBack(Expected expected) {
    done(expected.proposal());
    expected.poll().expectOneLess();
  }

  /** A job no longer wants a worker. */
  public void withdraw(JobId job) {
    lock.lock();
    try {
      for (Market market : markets.values()) {
        if (market.jobs.remove(job)) {
          return;
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * A worker wants work. It gets what there is, up to its capacity, else waits to be proposed to.
   */
  public void park(Poll poll) {
    lock.lock();
    try {
      List<Proposal> found = new ArrayList<>();
      Instant now = clock.instant();
      for (Offer offer : sources.offersOf().apply(poll.worker())) {
        market(offer.modelDigest()).askedAt = now;
        found.addAll(take(offer, poll.capacity() - found.size()));
      }
      if (!found.isEmpty()) {
        poll.propose(found);
        return;
      }
      parked.computeIfAbsent(poll.worker(), _ -> new HashSet<>()).add(poll);
      TokenAmount stake = sources.freeStake().apply(poll.worker());
      for (Offer offer : sources.offersOf().apply(poll.worker())) {
        boolean isProven = sources.exposure().apply(offer).isProven();
        Duration pace = inHand.load(offer, isProven).pace();
        market(offer.modelDigest())
            .candidates
            .add(Parked.of(poll, offer, stake, pace.toNanos(), arrivals++));
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * These may have more than when they were parked, or sell other things: they are given what waits
   * here for them.
   *
   * @return whether any of them waits here
   */
  public boolean lookAgain(Set<WalletAddress> workers) {
    lock.lock();
    try {
      boolean isAny = false;
      for (WalletAddress worker : workers) {
        for (Poll poll : List.copyOf(parked.getOrDefault(worker, Set.of()))) {
          unpark(poll);
          park(poll);
          isAny = true;
        }
      }
      return isAny;
    } finally {
      lock.unlock();
    }
  }

  /** A poll is over; what was proposed to it and not taken goes back. */
  public void leave(Poll poll) {
    lock.lock();
    try {
      unpark(poll);
      for (Proposal proposal : poll.takeProposals()) {
        done(proposal);
        open(proposal.open());
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * What has been proposed to a poll so far or is a lease already, and what more of what waits it
   * may have: from now on it is the caller's. What the worker no longer sells goes back, unless it
   * is a lease.
   */
  public List<Proposal> take(Poll poll) {
    lock.lock();
    try {
      unpark(poll);
      List<Offer> offers = sources.offersOf().apply(poll.worker());
      List<Proposal> taken = new ArrayList<>(poll.takeWritten());
      for (Proposal proposal : poll.takeProposals()) {
        if (offers.contains(proposal.offer())) {
          taken.add(proposal);
        } else {
          done(proposal);
          open(proposal.open());
        }
      }
      if (!taken.isEmpty()) {
        // While the poll woke up others may have come, and each poll and lease costs the same for
        // one job as for many.
        for (Offer offer : offers) {
          taken.addAll(take(offer, poll.capacity() - taken.size()));
        }
      }
      return taken;
    } finally {
      lock.unlock();
    }
  }

  /** Whether a worker that offers the model waits here. */
  public boolean isAwaited(Digest model) {
    lock.lock();
    try {
      return !market(model).candidates.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  /** When a worker that offers the model came here for work last. */
  public Instant askedAt(Digest model) {
    lock.lock();
    try {
      return market(model).askedAt;
    } finally {
      lock.unlock();
    }
  }

  /** Whether the job waits here for a worker. */
  public boolean isWaiting(Job job) {
    lock.lock();
    try {
      return market(job.modelDigest()).jobs.contains(job.id());
    } finally {
      lock.unlock();
    }
  }

  /** Lets every parked worker go. */
  public void releaseAll() {
    lock.lock();
    try {
      parked.values().forEach(polls -> polls.forEach(Poll::release));
    } finally {
      lock.unlock();
    }
  }

  /** A proposal never became a lease. */
  public void done(Proposal proposal) {
    inHand.end(Hold.of(proposal));
  }

  /** How every worker that offers the model stands to a job, whether or not it is still open. */
  public MatchTrace trace(OpenJob open) {
    List<Offer> offered = sources.market().apply(open.job().modelDigest());
    Instant now = clock.instant();
    List<CandidateTrace> traces = new ArrayList<>();
    int eligible = 0;
    for (Offer offer : offered) {
      Standing standing;
      boolean waits;
      lock.lock();
      try {
        standing = standing(offer);
        waits = market(offer.modelDigest()).candidates.contains(offer.worker());
      } finally {
        lock.unlock();
      }
      Eligibility eligibility = EligibilityPolicy.of(open, standing, now);
      if (eligibility instanceof Eligibility.Eligible) {
        eligible++;
      }
      if (traces.size() < TRACED) {
        traces.add(trace(open.job(), offer, waits, eligibility));
      }
    }
    return new MatchTrace(offered.size(), eligible, traces);
  }

  /**
   * Open jobs of the models that a worker offers, by why it was not given them; at most so many.
   */
  public Map<String, Integer> skipped(WalletAddress worker) {
    Map<String, Integer> reasons = new TreeMap<>();
    lock.lock();
    try {
      Instant now = clock.instant();
      for (Offer offer : sources.offersOf().apply(worker)) {
        Standing standing = standing(offer);
        market(offer.modelDigest())
            .jobs
            .look(
                worker,
                open -> {
                  if (EligibilityPolicy.of(open, standing, now) instanceof Ineligible because) {
                    reasons.merge(because.reason(), 1, Integer::sum);
                  }
                });
      }
    } finally {
      lock.unlock();
    }
    return reasons;
  }

  private List<Proposal> take(Offer offer, int most) {
    if (most <= 0) {
      return List.of();
    }
    List<Proposal> taken = new ArrayList<>();
    List<JobId> overdue = new ArrayList<>();
    Instant now = clock.instant();
    // Each job that is taken changes the worker's standing to the next.
    market(offer.modelDigest())
        .jobs
        .take(
            offer.worker(),
            most,
            open -> {
              boolean isEligible =
                  EligibilityPolicy.of(open, standing(offer), now) instanceof Eligibility.Eligible;
              if (isEligible) {
                taken.add(begin(open, offer));
              } else if (open.job().isOverdueAt(now)) {
                overdue.add(open.job().id());
              }
              return isEligible;
            });
    overdue.forEach(job -> market(offer.modelDigest()).jobs.remove(job));
    return taken;
  }

  /** Whether the job waits here, or is in somebody's hand. */
  public boolean knows(JobId job) {
    lock.lock();
    try {
      return inHand.has(job)
          || markets.values().stream().anyMatch(market -> market.jobs.contains(job));
    } finally {
      lock.unlock();
    }
  }

  private Optional<Parked> best(OpenJob open, Instant now) {
    return Matcher.match(
        open, market(open.job().modelDigest()).candidates, parked -> standing(parked.offer()), now);
  }

  private Proposal begin(OpenJob open, Offer offer) {
    var proposal =
        new Proposal(open, offer, offer.priceOf(open.job().inputUnits(), open.job().outputUnits()));
    inHand.propose(proposal);
    return proposal;
  }

  private Standing standing(Offer offer) {
    Exposure exposure = sources.exposure().apply(offer);
    InHand.Load load = inHand.load(offer, exposure.isProven());
    return new Standing(
        offer,
        sources.freeStake().apply(offer.worker()),
        load.atRisk(),
        exposure,
        load.live(),
        load.pace(),
        sources.paused().apply(offer));
  }

  private void unpark(Poll poll) {
    Set<Poll> polls = parked.get(poll.worker());
    if (polls != null && polls.remove(poll)) {
      if (polls.isEmpty()) {
        parked.remove(poll.worker());
      }
      // Its offers may have changed since: look everywhere.
      markets.values().forEach(market -> market.candidates.remove(poll));
    }
  }

  private Market market(Digest model) {
    return markets.computeIfAbsent(model, _ -> new Market());
  }

  private static CandidateTrace trace(
      Job job, Offer offer, boolean waits, Eligibility eligibility) {
    String price = offer.priceOf(job.inputUnits(), job.outputUnits()).toString();
    return switch (eligibility) {
      case Eligibility.Eligible() -> new CandidateTrace(offer.worker(), price, waits, "", "");
      case Ineligible(String reason, String words) ->
          new CandidateTrace(offer.worker(), price, waits, reason, words);
    };
  }

  private int waiting() {
    lock.lock();
    try {
      return markets.values().stream().mapToInt(market -> market.jobs.size()).sum();
    } finally {
      lock.unlock();
    }
  }

  private int parked() {
    lock.lock();
    try {
      return parked.values().stream().mapToInt(Set::size).sum();
    } finally {
      lock.unlock();
    }
  }
}
