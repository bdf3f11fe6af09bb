package dev.assay.settlement.reconcile;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.function.ToDoubleFunction;
import org.springframework.stereotype.Component;

/**
 * The last comparison of ledger and chain, in figures. Amounts are atomic units; before the first
 * comparison there are none.
 */
@Component
class ReserveFigures {
  private final Reconciliations found;
  private final MeterRegistry meters;

  ReserveFigures(Reconciliations found, MeterRegistry meters, Clock clock) {
    this.found = found;
    this.meters = meters;
    figure(
        "drift", "What differs between ledger and chain; nought is right", it -> it.drift().size());
    figure(
        "age.seconds",
        "Since ledger and chain were last compared",
        it -> Duration.between(it.at(), clock.instant()).toMillis() / 1000.0);
    figure("owed", "To all accounts of the Escrow, by our ledger", it -> it.owed().doubleValue());
    figure("held", "By the Escrow, in the token", it -> it.held().doubleValue());
    figure("bonded", "By workers, with awards, by our ledger", it -> it.bonded().doubleValue());
    figure("at.stake", "By the Stake, in the token", it -> it.atStake().doubleValue());
  }

  private void figure(String name, String words, ToDoubleFunction<Reconciliation> of) {
    Gauge.builder(
            "settlement.reserves." + name,
            found,
            it -> it.last().map(of::applyAsDouble).orElse(Double.NaN))
        .description(words)
        .register(meters);
  }
}
