package dev.assay.settlement.chain;

import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.core.IntervalFunction;
import io.github.resilience4j.micrometer.tagged.TaggedCircuitBreakerMetrics;
import io.github.resilience4j.retry.RetryConfig;
import io.github.resilience4j.retry.RetryRegistry;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
class ChainConfiguration {
  @Bean
  @ConditionalOnMissingBean
  ChainConnectionDetails configuredChain(ChainSettings settings) {
    URI rpcUrl = settings.rpcUrl();
    if (rpcUrl == null) {
      throw new IllegalStateException(
          "settlement.chain.rpc-url is not set: give the JSON-RPC address of an EVM node.");
    }
    return () -> rpcUrl;
  }

  @Bean
  CircuitBreakerRegistry circuitBreakers(MeterRegistry meters) {
    var registry =
        CircuitBreakerRegistry.of(
            CircuitBreakerConfig.custom()
                .slidingWindowSize(10)
                .minimumNumberOfCalls(5)
                .failureRateThreshold(50)
                .waitDurationInOpenState(Duration.ofSeconds(2))
                .permittedNumberOfCallsInHalfOpenState(1)
                .automaticTransitionFromOpenToHalfOpenEnabled(true)
                .recordExceptions(ChainUnavailable.class)
                .build());
    TaggedCircuitBreakerMetrics.ofCircuitBreakerRegistry(registry).bindTo(meters);
    return registry;
  }

  /** Reads are repeated when no answer came; an answer, even an error, is an answer. */
  @Bean
  RetryRegistry retries() {
    return RetryRegistry.of(
        RetryConfig.custom()
            .maxAttempts(3)
            .intervalFunction(
                IntervalFunction.ofExponentialRandomBackoff(Duration.ofMillis(100), 2.0, 0.5))
            .retryOnException(
                e -> e instanceof ChainUnavailable && e.getCause() instanceof IOException)
            .build());
  }
}
