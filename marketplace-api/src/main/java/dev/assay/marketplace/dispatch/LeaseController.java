package dev.assay.marketplace.dispatch;

import dev.assay.marketplace.identity.Caller;
import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.marketplace.worker.EnrolWorker;
import dev.assay.protocol.wire.LeaseAnswer;
import dev.assay.protocol.wire.LeaseRequest;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** {@code /worker/v1/leases}: the long poll with which a worker asks for work. */
@RestController
class LeaseController {
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);
  private static final Pattern SECONDS = Pattern.compile("(0|[1-9][0-9]?)s");

  private final EnrolWorker enrolment;
  private final LeaseDesk desk;
  private final Clock clock;

  LeaseController(EnrolWorker enrolment, LeaseDesk desk, Clock clock) {
    this.enrolment = enrolment;
    this.desk = desk;
    this.clock = clock;
  }

  @PostMapping(path = "/worker/v1/leases", consumes = MediaType.APPLICATION_JSON_VALUE)
  LeaseAnswer lease(
      Caller caller,
      @RequestParam(name = "wait", defaultValue = "0s") String wait,
      @RequestBody LeaseRequest request) {
    Duration patience = patience(wait);
    enrolment.enrol(caller.wallet(), request.agentVersion());
    desk.park(patience);
    return new LeaseAnswer(List.of(), "No job is open.", Map.of(), clock.instant());
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
