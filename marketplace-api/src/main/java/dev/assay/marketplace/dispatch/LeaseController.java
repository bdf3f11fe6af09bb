package dev.assay.marketplace.dispatch;

import dev.assay.marketplace.dispatch.AttemptEnd.Reason;
import dev.assay.marketplace.identity.Caller;
import dev.assay.marketplace.matching.Floor;
import dev.assay.marketplace.offer.Offers;
import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.marketplace.platform.Refuses;
import dev.assay.marketplace.stake.Stakes;
import dev.assay.marketplace.worker.EnrolWorker;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.wire.AttemptRef;
import dev.assay.protocol.wire.HandBack;
import dev.assay.protocol.wire.Heartbeat;
import dev.assay.protocol.wire.HeartbeatAnswer;
import dev.assay.protocol.wire.Lease;
import dev.assay.protocol.wire.LeaseAnswer;
import dev.assay.protocol.wire.LeaseRequest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** {@code /worker/v1}: leases are asked for, kept alive and given back. */
@RestController
class LeaseController {
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);
  private static final Pattern SECONDS = Pattern.compile("(0|[1-9][0-9]?)s");

  private final EnrolWorker enrolment;
  private final LeaseDesk desk;
  private final LiveLeases live;
  private final EndAttempts attempts;
  private final Floor floor;
  private final Offers offers;
  private final Stakes stakes;
  private final JobFeeds feeds;
  private final DispatchSettings settings;
  private final Clock clock;

  LeaseController(
      EnrolWorker enrolment,
      LeaseDesk desk,
      LiveLeases live,
      EndAttempts attempts,
      Floor floor,
      Offers offers,
      Stakes stakes,
      JobFeeds feeds,
      DispatchSettings settings,
      Clock clock) {
    this.enrolment = enrolment;
    this.desk = desk;
    this.live = live;
    this.attempts = attempts;
    this.floor = floor;
    this.offers = offers;
    this.stakes = stakes;
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
  LeaseAnswer lease(
      Caller caller,
      @RequestParam(name = "wait", defaultValue = "0s") String wait,
      @RequestBody LeaseRequest request) {
    Duration patience = patience(wait);
    enrolment.enrol(caller.wallet(), request.agentVersion());
    int heartbeat = (int) settings.heartbeat().toSeconds();
    List<LiveLease> given = desk.leases(caller.wallet(), request.capacity(), patience);
    given.forEach(lease -> feeds.tell(lease.job().id(), "executing", ""));
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
    List<AttemptRef> stop = new ArrayList<>();
    for (AttemptRef attempt : beat.attempts()) {
      if (isHeldBy(caller, attempt)) {
        live.extend(attempt, now.plus(settings.silence()));
      } else {
        stop.add(attempt);
      }
    }
    return new HeartbeatAnswer(stop, false, "", "", now);
  }

  /**
   * Gives a lease back; the job goes to another worker at once. Giving back what one no longer has
   * changes nothing, so that it can be sent again.
   */
  @PostMapping(path = "/worker/v1/hand-backs", consumes = MediaType.APPLICATION_JSON_VALUE)
  @ResponseStatus(HttpStatus.NO_CONTENT)
  void handBack(Caller caller, @RequestBody HandBack handBack) {
    live.find(handBack.attempt())
        .filter(lease -> lease.worker().equals(caller.wallet()))
        .ifPresent(lease -> {
          Reason reason =
              switch (handBack.reason()) {
                case LEAVING -> Reason.LEFT;
                case FAILED -> Reason.FAILED;
              };
          attempts.without(List.of(lease), reason, handBack.because());
        });
  }

  private boolean isHeldBy(Caller caller, AttemptRef attempt) {
    return live.find(attempt).map(lease -> lease.worker().equals(caller.wallet())).orElse(false);
  }

  private String idleBecause(WalletAddress worker, Map<String, Integer> skipped) {
    if (offers.of(worker).isEmpty()) {
      return "You offer nothing here. PUT /worker/v1/offers says what you sell.";
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
