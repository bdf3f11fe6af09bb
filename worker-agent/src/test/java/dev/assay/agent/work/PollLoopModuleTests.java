package dev.assay.agent.work;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpHandler;
import dev.assay.agent.market.Market;
import dev.assay.agent.market.ScriptedMarket;
import dev.assay.protocol.WalletAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The loop against a real HTTP server; its pauses are counted, not slept. */
@Timeout(20)
class PollLoopModuleTests {
  private static final Instant NOON = Instant.parse("2026-11-23T12:00:00Z");
  private static final WalletAddress WORKER = new WalletAddress("0x" + "ab".repeat(20));

  private final List<Duration> pauses = new ArrayList<>();
  private final List<String> lines = new ArrayList<>();

  @TempDir Path folder;

  @Test
  void why_it_is_idle_is_said_once_and_kept_in_its_home() throws IOException {
    var ending = run(3, NOON, ScriptedMarket.isIdle());

    assertThat(ending).isEqualTo(new PollLoop.Ending.Stopped());
    assertThat(lines)
        .hasSize(3)
        .satisfiesExactly(
            line -> assertThat(line).startsWith("INFO Asking http://"),
            line -> assertThat(line).isEqualTo("INFO Idle: No job is open."),
            line -> assertThat(line).isEqualTo("INFO Stopped."));
    assertThat(status().state()).isEqualTo(WorkerStatus.State.STOPPED);
    assertThat(status().pollsAnswered()).isEqualTo(3);
  }

  @Test
  void a_market_that_does_not_park_is_not_asked_more_than_once_a_second() throws IOException {
    run(5, NOON, ScriptedMarket.isIdle());

    assertThat(pauses).hasSize(5).containsOnly(PollLoop.SHORTEST_CYCLE);
  }

  @Test
  void a_clock_that_is_set_back_does_not_make_it_wait() throws IOException {
    var times = List.of(NOON, NOON, NOON.minusSeconds(3600)).iterator();
    Clock setBack =
        new Clock() {
          private Instant now = NOON;

          @Override
          public Instant instant() {
            now = times.hasNext() ? times.next() : now;
            return now;
          }

          @Override
          public java.time.ZoneId getZone() {
            return ZoneOffset.UTC;
          }

          @Override
          public Clock withZone(java.time.ZoneId zone) {
            return this;
          }
        };

    run(2, setBack, ScriptedMarket.isIdle());

    assertThat(pauses).allMatch(pause -> pause.compareTo(PollLoop.SHORTEST_CYCLE) <= 0);
  }

  @Test
  void a_market_that_is_away_is_tried_again_with_growing_pauses_until_it_answers()
      throws IOException {
    HttpHandler away = ScriptedMarket.says(503, "text/plain", "");

    run(5, NOON, away, away, away, ScriptedMarket.isIdle());

    assertThat(pauses.subList(0, 3))
        .satisfiesExactly(
            first -> assertThat(first).isLessThanOrEqualTo(Backoff.ceiling(1)),
            second -> assertThat(second).isLessThanOrEqualTo(Backoff.ceiling(2)),
            third -> assertThat(third).isLessThanOrEqualTo(Backoff.ceiling(3)));
    assertThat(lines).contains("INFO The market answers again.", "INFO Idle: No job is open.");
    assertThat(lines).filteredOn(line -> line.startsWith("WARN")).hasSize(3);
  }

  @Test
  void it_does_not_come_back_before_the_market_asked_it_to() throws IOException {
    run(3, NOON, ScriptedMarket.refuses(429, true, "retry-after", "17"));

    assertThat(pauses).allMatch(pause -> pause.compareTo(Duration.ofSeconds(17)) >= 0);
    assertThat(pauses).doesNotHaveDuplicates();
  }

  @Test
  void it_ends_when_the_market_refuses_for_good() throws IOException {
    var ending = run(9, NOON, ScriptedMarket.isIdle(), ScriptedMarket.refuses(403, false));

    assertThat(ending).isEqualTo(new PollLoop.Ending.Refused("Not now. The reason. (HTTP 403)"));
    assertThat(status().state()).isEqualTo(WorkerStatus.State.REFUSED);
  }

  @Test
  void it_ends_when_its_first_question_goes_to_something_else() throws IOException {
    assertThat(run(9, NOON, ScriptedMarket.says(404, "text/html", "Not found")))
        .isInstanceOf(PollLoop.Ending.Refused.class);
  }

  @Test
  void a_stranger_in_the_place_of_its_market_does_not_end_it() throws IOException {
    var ending =
        run(
            4,
            NOON,
            ScriptedMarket.isIdle(),
            ScriptedMarket.says(404, "text/html", "Not found"),
            ScriptedMarket.isIdle());

    assertThat(ending).isEqualTo(new PollLoop.Ending.Stopped());
    assertThat(lines).contains("INFO The market answers again.");
  }

  @Test
  void a_clock_that_is_off_is_told_once() throws IOException {
    run(3, NOON.plusSeconds(90), ScriptedMarket.isIdle());

    assertThat(lines)
        .filteredOn(line -> line.startsWith("WARN"))
        .singleElement()
        .asString()
        .contains("90 s ahead of the market's", "NTP");
    assertThat(status().clockAheadSeconds()).isEqualTo(90);
  }

  @Test
  void a_home_that_cannot_be_written_any_more_costs_the_status_not_the_work() throws IOException {
    Path home = folder.resolve("home");
    try (var market =
        new ScriptedMarket(exchange -> {
          // Where the draft of the status would be written, there is a directory.
          Files.createDirectories(home.resolve("status.json.new"));
          ScriptedMarket.isIdle().handle(exchange);
        })) {
      run(3, Clock.fixed(NOON, ZoneOffset.UTC), home, market);

      assertThat(market.asked()).hasSize(3);
    }
    assertThat(lines).filteredOn(line -> line.contains("cannot be written")).hasSize(1);
  }

  private PollLoop.Ending run(int polls, Instant now, HttpHandler... scripts) throws IOException {
    return run(polls, Clock.fixed(now, ZoneOffset.UTC), scripts);
  }

  private PollLoop.Ending run(int polls, Clock clock, HttpHandler... scripts) throws IOException {
    try (var market = new ScriptedMarket(scripts)) {
      return run(polls, clock, folder, market);
    }
  }

  /** Runs until {@code polls} pauses have been asked for, and is interrupted in the last. */
  private PollLoop.Ending run(int polls, Clock clock, Path directory, ScriptedMarket server)
      throws IOException {
    Pause counted =
        pause -> {
          pauses.add(pause);
          if (pauses.size() == polls) {
            throw new InterruptedException();
          }
        };
    var identity = new PollLoop.Identity(WORKER, server.address(), "assay-worker/test", 42);
    try (WorkerHome home = opened(directory);
        Market market = new Market(server.address(), clock)) {
      return new PollLoop(
              identity,
              market,
              home,
              clock,
              new Random(5),
              counted,
              (level, message, _) -> lines.add(level + " " + message))
          .run();
    }
  }

  private WorkerStatus status() throws IOException {
    return WorkerHome.lastStatus(folder).orElseThrow();
  }

  private static WorkerHome opened(Path directory) {
    return switch (WorkerHome.open(directory, 42)) {
      case WorkerHome.Opening.Opened(WorkerHome home) -> home;
      case WorkerHome.Opening other -> throw new AssertionError(other);
    };
  }
}
