package dev.assay.agent.work;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.agent.hardware.BatteryRule;
import dev.assay.agent.hardware.Power;
import dev.assay.agent.market.Market;
import dev.assay.agent.market.MarketTerms;
import dev.assay.agent.market.Reply.Answered;
import dev.assay.agent.work.Errands.Kind;
import dev.assay.agent.work.SignIn.Welcome;
import dev.assay.protocol.LocalSigner;
import dev.assay.protocol.content.UnitPrice;
import dev.assay.protocol.wire.OfferBook;
import dev.assay.protocol.wire.SessionAnswer;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Beside a market that has let the worker in and takes no offer: at its address nobody answers. */
@Timeout(60)
class StandingModuleTests {
  private static final URI NOBODY = URI.create("http://127.0.0.1:9");
  private static final Welcome WELCOME =
      new Welcome(
          new MarketTerms(Samples.COURT.chainId(), Samples.COURT.verifyingContract(), null, null),
          new SessionAnswer(
              "a token", Samples.SESSION.expiresAt(), Samples.WORKER, Samples.COURT, ""),
          List.of());

  private final Clock clock = Clock.fixed(Samples.NOON, ZoneOffset.UTC);
  private final Random chance = new Random(3);
  private final Market market = new Market(NOBODY, "assay-worker/1.2.3", clock, chance);
  private final List<Duration> pauses = new CopyOnWriteArrayList<>();
  private final List<String> said = new CopyOnWriteArrayList<>();
  private final Errands errands = new Errands(pauses::add);

  @TempDir Path folder;
  private WorkerHome home;
  private Standing standing;

  @BeforeEach
  void open() {
    home =
        switch (WorkerHome.open(folder, 42)) {
          case WorkerHome.Opening.Opened(WorkerHome opened) -> opened;
          case WorkerHome.Opening other -> throw new AssertionError(other);
        };
    Log log = (level, message, _) -> said.add(message);
    var plan =
        new WorkLoop.Plan(
            NOBODY,
            "assay-worker/1.2.3",
            42,
            "local",
            UnitPrice.FREE,
            UnitPrice.FREE,
            2,
            false,
            Duration.ZERO,
            null);
    var key = LocalSigner.create(chance);
    var marketClock = new MarketClock(clock, log);
    standing =
        new Standing(
            new SignIn(plan, market, key, new Catalogue(List.of()), new Readiness(log), folder),
            new Duty(
                new PauseRules(
                    new Control(folder),
                    Schedule.ALWAYS,
                    BatteryRule.ALWAYS,
                    () -> new Power(true, OptionalInt.empty()),
                    clock,
                    ZoneOffset.UTC),
                log),
            errands,
            clock,
            marketClock,
            chance,
            new Reporter(plan, key.address(), home, clock, marketClock, log));
  }

  @AfterEach
  void close() throws IOException {
    errands.abandonAll();
    market.close();
    home.close();
  }

  @Test
  void an_offer_that_is_not_taken_now_is_made_again_ever_later_and_the_session_lasts()
      throws Exception {
    standing.signedIn(new Answered<>(WELCOME, null));

    for (int tries = 1; tries <= 6; tries++) {
      standing.offered(notTaken().reply(), List.of());
      standing.keepUp();

      assertThat(standing.session()).isEqualTo(Samples.SESSION);
      assertThat(standing.isOffered()).isFalse();
      assertThat(errands.isUnderWay(Kind.SIGN_IN)).isFalse();
      assertThat(errands.isUnderWay(Kind.OFFER)).isTrue();
    }

    notTaken();
    assertThat(pauses).hasSize(6).anyMatch(pause -> pause.compareTo(Backoff.ceiling(3)) > 0);
    assertThat(said).filteredOn(line -> line.contains("gives no work")).hasSize(6);

    standing.offered(new Answered<>(new OfferBook("local", List.of(), false), null), List.of());

    assertThat(standing.isOffered()).isTrue();
    assertThat(said).contains("The market answers again.");
  }

  private Event.Offered notTaken() throws InterruptedException {
    if (errands.await(Duration.ofSeconds(30)) instanceof Event.Offered offered) {
      return offered;
    }
    throw new AssertionError("no offer was made");
  }
}
