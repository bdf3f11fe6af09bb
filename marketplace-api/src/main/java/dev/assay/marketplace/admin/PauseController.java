package dev.assay.marketplace.admin;

import com.fasterxml.jackson.annotation.JsonValue;
import dev.assay.marketplace.identity.Admin;
import dev.assay.marketplace.pause.Pause;
import dev.assay.marketplace.pause.Pauses;
import dev.assay.marketplace.platform.RequestIds;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/** {@code /api/admin/pauses}: operators stop parts of the market and let them go again. */
@RestController
class PauseController {
  private final Pauses pauses;

  PauseController(Pauses pauses) {
    this.pauses = pauses;
  }

  /** What can be stopped. */
  enum Part {
    MARKET(Pause.What.MARKET),
    SETTLEMENT(Pause.What.SETTLEMENT),
    MODEL(Pause.What.MODEL),
    WORKER(Pause.What.WORKER);

    private final Pause.What what;

    Part(Pause.What what) {
      this.what = what;
    }

    @JsonValue
    String code() {
      return name().toLowerCase(Locale.ROOT);
    }

    static Part of(Pause.What what) {
      return switch (what) {
        case MARKET -> MARKET;
        case SETTLEMENT -> SETTLEMENT;
        case MODEL -> MODEL;
        case WORKER -> WORKER;
      };
    }
  }

  /**
   * The body of {@code POST /api/admin/pauses} and {@code POST /api/admin/resumes}.
   *
   * @param subject the model's digest or the worker's wallet; none for the market and settlement
   * @param drain {@code true} if what is there already is to be finished: jobs that wait are still
   *     given to workers; not for settlement; ignored when letting go
   * @param reason for everyone whom it concerns, and for the log
   */
  record SwitchRequest(
      Part what, @Nullable String subject, @Nullable Boolean drain, String reason) {}

  /**
   * What is stopped.
   *
   * @param subject the model's digest or the worker's wallet; of settlement {@code own} if it was
   *     stopped at its own machine, where alone it is let go; else empty
   * @param drain whether what is there already is finished
   */
  record PauseBody(Part what, String subject, boolean drain, String reason, Instant since) {
    static PauseBody of(Pause pause) {
      return new PauseBody(
          Part.of(pause.what()), pause.subject(), pause.isDrain(), pause.reason(), pause.since());
    }
  }

  /** All that is stopped now. */
  record PausesBody(List<PauseBody> data) {}

  /** What is stopped now, and why. */
  @GetMapping("/api/admin/pauses")
  PausesBody pauses() {
    return new PausesBody(pauses.all().stream().map(PauseBody::of).toList());
  }

  /**
   * Stops the market, a model or a worker: it takes no new jobs and is given none. What is executed
   * ends and is paid. Or stops payments, as soon as settlement hears of it. Answers what is stopped
   * then.
   */
  @PostMapping(path = "/api/admin/pauses", consumes = MediaType.APPLICATION_JSON_VALUE)
  PausesBody pause(Admin admin, @RequestBody SwitchRequest request, HttpServletRequest http) {
    return set(admin, request, true, http);
  }

  /**
   * Lets go again what was stopped; nothing happens to what was not. Answers what is stopped then.
   */
  @PostMapping(path = "/api/admin/resumes", consumes = MediaType.APPLICATION_JSON_VALUE)
  PausesBody resume(Admin admin, @RequestBody SwitchRequest request, HttpServletRequest http) {
    return set(admin, request, false, http);
  }

  private PausesBody set(
      Admin admin, SwitchRequest request, boolean isPaused, HttpServletRequest http) {
    pauses.set(
        request.what().what,
        request.subject() == null ? "" : request.subject(),
        isPaused,
        isPaused && Boolean.TRUE.equals(request.drain()),
        request.reason(),
        admin.name(),
        RequestIds.of(http));
    return pauses();
  }
}
