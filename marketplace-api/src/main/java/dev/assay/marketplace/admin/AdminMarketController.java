package dev.assay.marketplace.admin;

import dev.assay.marketplace.admin.Overview.OverviewBody;
import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.protocol.admin.LoggedAction;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.json.JsonMapper;

/** {@code /api/admin/market} and {@code /api/admin/events}: how the market is, once and live. */
@RestController
class AdminMarketController {
  private static final int MOST_FOLLOWERS = 50;
  private static final int MOST_AT_ONCE = 100;
  private static final Duration LOOKS_EVERY = Duration.ofSeconds(2);

  private final Overview overview;
  private final AdminActions actions;
  private final FeedClock feed;
  private final JsonMapper json;
  private final Clock clock;
  private final Semaphore followers = new Semaphore(MOST_FOLLOWERS);

  AdminMarketController(
      Overview overview, AdminActions actions, FeedClock feed, JsonMapper json, Clock clock) {
    this.overview = overview;
    this.actions = actions;
    this.feed = feed;
    this.json = json;
    this.clock = clock;
  }

  /** The market in figures: queues, success, times, prices, what is at risk, what is amiss. */
  @GetMapping("/api/admin/market")
  OverviewBody market() {
    return overview.now();
  }

  /**
   * Follows the market and the log: server-sent events, {@code market} with the figures every two
   * seconds and {@code action} with each new row of the log, whose number is the event's id. Who
   * comes back with {@code Last-Event-ID} misses none.
   *
   * @param duration how long, from {@code 0s} (what is there, and no more) to {@code 600s}
   * @param lastEventId the number of the last row that was seen; without it the feed begins with
   *     the next one
   */
  @GetMapping("/api/admin/events")
  void events(
      @RequestParam(name = "for", defaultValue = "0s") String duration,
      @RequestHeader(name = "Last-Event-ID", required = false) @Nullable String lastEventId,
      HttpServletResponse response) {
    Instant until = clock.instant().plus(seconds(duration));
    long seen = lastEventId == null ? actions.head().number() : number(lastEventId);
    if (!followers.tryAcquire()) {
      throw new Problem(
          ProblemType.UNAVAILABLE,
          "%d follow the market already. Ask for /api/admin/market.".formatted(MOST_FOLLOWERS));
    }
    try {
      response.setContentType(MediaType.TEXT_EVENT_STREAM_VALUE);
      response.setCharacterEncoding(StandardCharsets.UTF_8.name());
      response.setHeader(HttpHeaders.CACHE_CONTROL, "no-store");
      follow(response.getOutputStream(), seen, until);
    } catch (IOException gone) {
      // Nobody reads any more.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      followers.release();
    }
  }

  private void follow(ServletOutputStream out, long from, Instant until)
      throws IOException, InterruptedException {
    long seen = from;
    do {
      for (LoggedAction action : actions.after(seen, MOST_AT_ONCE)) {
        seen = action.number();
        write(out, "id: %d\nevent: action\ndata: %s\n\n", seen, json.writeValueAsString(action));
      }
      write(out, "event: market\ndata: %s\n\n", json.writeValueAsString(overview.now()));
      out.flush();
    } while (clock.instant().isBefore(until) && feed.waits(LOOKS_EVERY));
  }

  private static void write(ServletOutputStream out, String format, Object... values)
      throws IOException {
    out.write(format.formatted(values).getBytes(StandardCharsets.UTF_8));
  }

  private static Duration seconds(String text) {
    if (!text.matches("([0-9]|[1-9][0-9]|[1-5][0-9]{2}|600)s")) {
      throw new Problem(ProblemType.INVALID_PARAMETER, "for is 0s to 600s.");
    }
    return Duration.ofSeconds(Integer.parseInt(text.substring(0, text.length() - 1)));
  }

  private static long number(String text) {
    if (!text.matches("0|[1-9][0-9]{0,14}")) {
      throw new Problem(
          ProblemType.INVALID_PARAMETER, "Last-Event-ID is the id of an event of this feed.");
    }
    return Long.parseLong(text);
  }
}
