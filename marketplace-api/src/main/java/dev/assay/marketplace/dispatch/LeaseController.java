package dev.assay.marketplace.dispatch;

import dev.assay.marketplace.dispatch.AttemptEnd.Reason;
import dev.assay.marketplace.identity.Caller;
import dev.assay.marketplace.matching.Floor;
import dev.assay.marketplace.matching.InHand;
import dev.assay.marketplace.offer.Offers;
import dev.assay.marketplace.pause.Pause;
import dev.assay.marketplace.pause.Pauses;
import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.marketplace.platform.Refuses;
import dev.assay.marketplace.stake.Stakes;
import dev.assay.marketplace.worker.EnrolWorker;
import dev.assay.protocol.Digest;
import dev.assay.protocol.JobId;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.wire.AttemptRef;
import dev.assay.protocol.wire.HandBack;
import dev.assay.protocol.wire.Heartbeat;
import dev.assay.protocol.wire.HeartbeatAnswer;
import dev.assay.protocol.wire.Lease;
import dev.assay.protocol.wire.LeaseAnswer;
import dev.assay.protocol.wire.LeaseRequest;
import dev.assay.protocol.wire.StreamAnswer;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** {@code /worker/v1}: leases are asked for, kept alive and given back. */
@RestController
class LeaseController {
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);
  private static final Pattern ATTEMPT = Pattern.compile("[1-9][0-9]{0,8}");
  private static final Pattern SECONDS = Pattern.compile("(0|[1-9][0-9]?)s");

  private final EnrolWorker enrolment;
  private final LeaseDesk desk;
  private final FindLeases leases;
  private final LiveLeases live;
  private final InHand inHand;
  private final Assignments assignments;
  private final EndAttempts attempts;
  private final TakeStream streams;
  private final Floor floor;
  private final Offers offers;
  private final Stakes stakes;
  private final Pauses pauses;
  private final JobFeeds feeds;
  private final DispatchSettings settings;
  private final Clock clock;
  private final Counter again;

  LeaseController(
      EnrolWorker enrolment,
      LeaseDesk desk,
      FindLeases leases,
      LiveLeases live,
      InHand inHand,
      Assignments assignments,
      EndAttempts attempts,
      TakeStream streams,
      Floor floor,
      Offers offers,
      Stakes stakes,
      Pauses pauses,
      JobFeeds feeds,
      DispatchSettings settings,
      Clock clock,
      MeterRegistry meters) {
    this.leases = leases;
    this.inHand = inHand;
    this.assignments = assignments;
    this.streams = streams;
    this.again =
        Counter.builder("market.leases.again")
            .description("Leases that were given once more, for their answer was lost")
            .register(meters);
    this.enrolment = enrolment;
    this.desk = desk;
    this.live = live;
    this.attempts = attempts;
    this.floor = floor;
    this.offers = offers;
    this.stakes = stakes;
    this.pauses = pauses;
    this.feeds = feeds;
    this.settings = settings;
    this.clock = clock;
  }

  /**
   * Asks for work on what the worker has offered. Waits until there is some, or as long as was
   * said.
   *
   * @param wait how long to wait for work, 0s to 30s
   */
  @Refuses(ProblemType.MARKET_FULL)
  @PostMapping(path = "/worker/v1/leases", consumes = MediaType.APPLICATION_JSON_VALUE)
  CompletableFuture<LeaseAnswer> lease(
      Caller caller,
      @RequestParam(name = "wait", defaultValue = "0s") String wait,
      @RequestBody LeaseRequest request) {
    Duration patience = patience(wait);
    enrolment.enrol(caller.wallet(), request.agentVersion());
    List<LiveLease> lost = lost(caller, request);
    if (!lost.isEmpty()) {
      return CompletableFuture.completedFuture(answer(caller, lost));
    }
    return desk.leases(caller, request.capacity(), patience, request.holding() != null)
        .thenApply(given -> {
          given.forEach(lease -> feeds.executing(lease.job().id(), lease.attempt()));
          return answer(caller, given);
        });
  }

  private LeaseAnswer answer(Caller caller, List<LiveLease> given) {
    int heartbeat = (int) settings.heartbeat().toSeconds();
    List<Lease> leases = given.stream().map(lease -> lease.onTheWire(heartbeat)).toList();
    if (!leases.isEmpty()) {
      return new LeaseAnswer(leases, "", Map.of(), clock.instant());
    }
    Map<String, Integer> skipped = floor.skipped(caller.wallet());
    return new LeaseAnswer(leases, idleBecause(caller.wallet(), skipped), skipped, clock.instant());
  }

  /** Keeps the leases of running attempts alive, and tells which of them are over. */
  @PostMapping(path = "/worker/v1/heartbeat", consumes = MediaType.APPLICATION_JSON_VALUE)
  HeartbeatAnswer heartbeat(Caller caller, @RequestBody Heartbeat beat) {
    Instant now = clock.instant();
    Instant lapsesAt = now.plus(settings.silence());
    Map<AttemptRef, LiveLease> held =
        leases.find(beat.attempts(), caller.wallet()).stream()
            .collect(Collectors.toMap(LiveLease::ref, lease -> lease, (one, _) -> one));
    List<AttemptRef> stop = new ArrayList<>();
    List<LiveLease> elsewhere = new ArrayList<>();
    for (AttemptRef attempt : beat.attempts()) {
      LiveLease lease = held.get(attempt);
      if (lease == null) {
        stop.add(attempt);
      } else if (!live.extend(attempt, lapsesAt)) {
        elsewhere.add(lease);
      }
    }
    Set<AttemptRef> cancel =
        new LinkedHashSet<>(beat.attempts().stream().filter(live::isCancelled).toList());
    if (!elsewhere.isEmpty()) {
      assignments.beat(elsewhere.stream().map(LiveLease::key).toList(), lapsesAt);
      Set<JobId> cancelled =
          assignments.cancelled(elsewhere.stream().map(lease -> lease.job().id()).toList());
      elsewhere.stream()
          .filter(lease -> cancelled.contains(lease.job().id()))
          .map(LiveLease::ref)
          .forEach(cancel::add);
    }
    stop.forEach(cancel::remove);
    return new HeartbeatAnswer(stop, List.copyOf(cancel), false, "", "", now);
  }

  /**
   * What was leased to this session key and its worker does not know of: the answer was lost. It is
   * the same lease with the same deadline. Another key of the worker may hold it on another
   * machine, and a lease must not be executed twice.
   */
  private List<LiveLease> lost(Caller caller, LeaseRequest request) {
    List<AttemptRef> holding = request.holding();
    if (holding == null || caller.sessionKey().isEmpty()) {
      return List.of();
    }
    List<AttemptRef> unknown =
        inHand.leased(caller.wallet()).stream()
            .filter(attempt -> !holding.contains(attempt))
            .toList();
    if (unknown.isEmpty()) {
      return List.of();
    }
    Instant now = clock.instant();
    List<LiveLease> lost =
        leases.find(unknown, caller.wallet()).stream()
            .filter(lease -> lease.sessionKey().equals(caller.sessionKey()))
            .filter(lease -> now.isBefore(lease.deadline()))
            .limit(request.capacity())
            .toList();
    Instant lapsesAt = now.plus(settings.silence());
    List<LiveLease> elsewhere =
        lost.stream().filter(lease -> !live.extend(lease.ref(), lapsesAt)).toList();
    if (!elsewhere.isEmpty()) {
      assignments.beat(elsewhere.stream().map(LiveLease::key).toList(), lapsesAt);
    }
    if (!lost.isEmpty()) {
      again.increment(lost.size());
    }
    return lost;
  }

  /**
   * Gives a lease back; the job goes to another worker at once. Giving back what one no longer has
   * changes nothing, so that it can be sent again.
   */
  @PostMapping(path = "/worker/v1/hand-backs", consumes = MediaType.APPLICATION_JSON_VALUE)
  @ResponseStatus(HttpStatus.NO_CONTENT)
  void handBack(Caller caller, @RequestBody HandBack handBack) {
    leases
        .find(handBack.attempt(), caller.wallet())
        .ifPresent(lease -> {
          Reason reason =
              switch (handBack.reason()) {
                case LEAVING -> Reason.LEFT;
                case FAILED -> Reason.FAILED;
              };
          attempts.without(List.of(lease), reason, handBack.because());
        });
  }

  /**
   * The output of a chat, while it is made: a line {@code {"offset":0,"text":"Hel"}} for each
   * piece, and an empty one at least every five seconds. Answered at the end, or as soon as nobody
   * wants the rest; then the next heartbeat says what is to be done.
   */
  @Refuses({ProblemType.NOT_FOUND, ProblemType.ATTEMPT_OVER, ProblemType.JOB_CANCELLED})
  @PostMapping(
      path = "/worker/v1/attempts/{jobId}/{attempt}/stream",
      consumes = "application/x-ndjson")
  StreamAnswer stream(
      Caller caller, @PathVariable String jobId, @PathVariable String attempt, InputStream body) {
    try {
      return streams.take(caller.wallet(), ref(jobId, attempt), body);
    } catch (IOException broken) {
      throw new Problem(
          ProblemType.MALFORMED_REQUEST,
          "The stream broke, or nothing came for too long. What was said stays; begin again.");
    }
  }

  private static AttemptRef ref(String jobId, String attempt) {
    try {
      if (ATTEMPT.matcher(attempt).matches()) {
        return new AttemptRef(Digest.parse(jobId), Integer.parseInt(attempt));
      }
    } catch (IllegalArgumentException e) {
      // Said below.
    }
    throw new Problem(
        ProblemType.NOT_FOUND,
        "An attempt is named by the lease's assignment: its jobId and its attempt's number.");
  }

  private String idleBecause(WalletAddress worker, Map<String, Integer> skipped) {
    if (offers.of(worker).isEmpty()) {
      return "You offer nothing here. PUT /worker/v1/offers says what you sell.";
    }
    List<Pause> paused =
        offers.of(worker).stream()
            .flatMap(offer -> pauses.of(offer.modelDigest(), worker).stream())
            .toList();
    if (paused.size() == offers.of(worker).size()) {
      return paused.stream().map(Pause::words).distinct().collect(Collectors.joining(" "));
    }
    if (stakes.freeStakeOf(worker).isZero()) {
      return "You have nothing at stake that is free; jobs are given for at most a quarter of it.";
    }
    if (skipped.isEmpty()) {
      return "No job is open for what you offer.";
    }
    return skipped.entrySet().stream()
        .map(entry -> "%d not given: %s".formatted(entry.getValue(), entry.getKey()))
        .collect(Collectors.joining("; ", "Jobs are open, ", "."));
  }

  private static Duration patience(String wait) {
    var seconds = SECONDS.matcher(wait);
    if (seconds.matches()) {
      var patience = Duration.ofSeconds(Integer.parseInt(seconds.group(1)));
      if (patience.compareTo(LONGEST_WAIT) <= 0) {
        return patience;
      }
    }
    throw new Problem(
        ProblemType.INVALID_PARAMETER,
        "wait is a whole number of seconds from 0s to %ds, for example wait=25s."
            .formatted(LONGEST_WAIT.toSeconds()));
  }
}
