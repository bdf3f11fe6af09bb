package dev.assay.settlement.chain;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * The newest block, observed every second, and the health of the chain that follows from it, with
 * the state of every circuit to a remote part.
 */
@Component
public class ChainHead implements HealthIndicator {
  private static final Logger LOG = LoggerFactory.getLogger(ChainHead.class);

  private record Observation(BlockRef head, Instant at) {}

  private final ChainClient chain;
  private final ChainSettings settings;
  private final CircuitBreakerRegistry circuits;
  private final Clock clock;
  private final Instant started;
  private volatile @Nullable Observation last;
  private boolean away;

  ChainHead(
      ChainClient chain,
      ChainSettings settings,
      CircuitBreakerRegistry circuits,
      Clock clock,
      MeterRegistry meters) {
    this.circuits = circuits;
    this.chain = chain;
    this.settings = settings;
    this.clock = clock;
    this.started = clock.instant();
    TimeGauge.builder("chain.head.age", this, TimeUnit.MILLISECONDS, head -> head.age().toMillis())
        .description("Time since the chain's head was last observed")
        .register(meters);
    for (RpcNode node : chain.nodes().all()) {
      Gauge.builder("chain.node.lag", node, chain.nodes()::lag)
          .description("Blocks that an EVM node is behind the others")
          .tag("node", node.name())
          .register(meters);
      Gauge.builder("chain.node.asked", node, n -> chain.nodes().isAsked(n) ? 1 : 0)
          .description("Whether an EVM node is asked: of our chain, and not behind the others")
          .tag("node", node.name())
          .register(meters);
    }
  }

  /** The newest block, or nothing if it was not observed lately. */
  public Optional<BlockRef> head() {
    var observation = last;
    return observation == null || isStale() ? Optional.empty() : Optional.of(observation.head());
  }

  @Scheduled(fixedDelayString = "${settlement.chain.observe-every:1s}")
  void observe() {
    try {
      last = new Observation(chain.observe(settings.id()), clock.instant());
      if (away) {
        away = false;
        LOG.info("The EVM node answers again");
      }
    } catch (ChainUnavailable e) {
      if (!away) { // said once, not every second
        away = true;
        LOG.atWarn().setCause(e).log("The EVM node is away; settlement waits for it");
      }
    }
  }

  @Override
  public Health health() {
    var observation = last;
    if (observation == null || isStale()) {
      return Health.down()
          .withDetail("unobservedSeconds", age().toSeconds())
          .withDetail("circuits", circuits())
          .build();
    }
    return Health.up()
        .withDetail("block", observation.head().number())
        .withDetail("hash", observation.head().hash())
        .withDetail("circuits", circuits())
        .build();
  }

  /** By what is called: {@code CLOSED} is good, {@code OPEN} is given a rest. */
  private Map<String, String> circuits() {
    return circuits.getAllCircuitBreakers().stream()
        .collect(
            Collectors.toMap(
                CircuitBreaker::getName, one -> one.getState().name(), (a, _) -> a, TreeMap::new));
  }

  private boolean isStale() {
    return age().compareTo(settings.staleAfter()) > 0;
  }

  private Duration age() {
    var observation = last;
    return Duration.between(observation == null ? started : observation.at(), clock.instant());
  }
}
