package dev.assay.agent.work;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.agent.market.Traceparent;
import dev.assay.agent.work.Reporter.Attempts;
import dev.assay.agent.work.WorkerStatus.Counts;
import dev.assay.agent.work.WorkerStatus.State;
import dev.assay.protocol.content.UnitPrice;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReporterModuleTests {
  private static final Traceparent TRACE = new Traceparent("1".repeat(32), "2".repeat(16));
  private static final Attempts NOTHING = new Attempts(0, 0, Counts.NONE);
  private static final Attempts AT_WORK = new Attempts(3, 2, new Counts(5, 0, 1, 1));

  @TempDir Path folder;
  private final List<String> said = new ArrayList<>();
  private WorkerHome home;
  private Reporter reporter;

  @BeforeEach
  void open() {
    home =
        switch (WorkerHome.open(folder, 42)) {
          case WorkerHome.Opening.Opened(WorkerHome opened) -> opened;
          case WorkerHome.Opening other -> throw new AssertionError(other);
        };
    Clock clock = Clock.fixed(Samples.NOON, ZoneOffset.UTC);
    Log log = (level, message, _) -> said.add(message);
    reporter =
        new Reporter(
            new WorkLoop.Plan(
                URI.create("http://127.0.0.1:9"),
                "assay-worker/1.2.3",
                42,
                "local",
                UnitPrice.FREE,
                UnitPrice.FREE,
                2,
                false,
                Duration.ZERO,
                null),
            Samples.WORKER,
            home,
            clock,
            new MarketClock(clock, log),
            log);
    reporter.starting();
  }

  @AfterEach
  void close() throws IOException {
    home.close();
  }

  @Test
  void what_keeps_a_worker_idle_is_told_by_what_its_owner_can_do_about_it() throws Exception {
    assertThat(status().state()).isEqualTo(State.STARTING);
    reporter.polled(Map.of("price above the requester's", 3));
    reporter.idles("No job is open.", TRACE);
    reporter.marketIsAway("nobody answers", Duration.ofMillis(1_500), null);
    List<String> paused = List.of("It is night.", "It is on battery.");

    reporter.tell("It was drained by its owner.", paused, AT_WORK);
    assertThat(status().state()).isEqualTo(State.DRAINING);
    reporter.tell(null, paused, AT_WORK);
    assertThat(status().because()).isEqualTo("It is night. It is on battery.");
    reporter.tell(null, List.of(), NOTHING);
    assertThat(status().because()).isEqualTo("The market gives no work: nobody answers.");

    assertThat(status().state()).isEqualTo(State.WAITING_FOR_MARKET);
    assertThat(status().skipped()).containsEntry("price above the requester's", 3);
    assertThat(said)
        .containsExactly(
            "Idle: No job is open.",
            "The market at http://127.0.0.1:9 gives no work: nobody answers. Next try in 1.500 s.");
  }

  @Test
  void work_goes_before_a_market_that_is_away_and_after_that_it_is_idle_for_the_last_reason()
      throws Exception {
    reporter.polled(Map.of());
    reporter.idles("No job is open.", TRACE);
    reporter.marketIsAway("nobody answers", Duration.ofMillis(1_500), null);

    reporter.tell(null, List.of(), AT_WORK); // written at once: it is the first after starting
    assertThat(status().because()).isEqualTo("2 of 2 slots run a job.");
    assertThat(status().counts()).isEqualTo(new Counts(5, 0, 1, 1));
    assertThat(status().running()).isEqualTo(2);

    reporter.marketAnswers();
    reporter.tell(null, List.of(), NOTHING);
    reporter.become(State.STOPPED, "It was asked to stop.", NOTHING);

    assertThat(status().state()).isEqualTo(State.STOPPED);
    assertThat(said).last().isEqualTo("The market answers again.");
  }

  @Test
  void the_same_reason_is_said_once_and_an_agent_that_is_too_old_is_told_once() {
    reporter.idles("No job is open.", TRACE);
    reporter.idles("No job is open.", TRACE);
    reporter.marketWants("");
    reporter.marketWants("assay-worker/1.2.3");
    reporter.marketWants("assay-worker/1.3.0");
    reporter.marketWants("assay-worker/1.4.0");

    assertThat(said)
        .containsExactly(
            "Idle: No job is open.",
            "The market gives no leases to agents older than assay-worker/1.3.0; this is"
                + " assay-worker/1.2.3. Update it.");
  }

  private WorkerStatus status() throws IOException {
    return WorkerHome.lastStatus(folder).orElseThrow();
  }
}
