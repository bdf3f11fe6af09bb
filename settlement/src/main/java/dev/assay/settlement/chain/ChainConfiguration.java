package dev.assay.settlement.chain;

import dev.assay.protocol.Bytes;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.core.IntervalFunction;
import io.github.resilience4j.micrometer.tagged.TaggedCircuitBreakerMetrics;
import io.github.resilience4j.retry.RetryConfig;
import io.github.resilience4j.retry.RetryRegistry;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

@Configuration(proxyBeanMethods = false)
class ChainConfiguration {
  @Bean
  @ConditionalOnMissingBean
  ChainConnectionDetails configuredChain(ChainSettings settings) {
    List<URI> rpcUrls = settings.rpcUrls();
    if (rpcUrls.isEmpty()) {
      throw new IllegalStateException(
          "settlement.chain.rpc-urls is not set: give the JSON-RPC address of an EVM node.");
    }
    return () -> rpcUrls;
  }

  @Bean
  @ConditionalOnMissingBean
  Market configuredMarket(MarketSettings settings, JsonMapper json) {
    Path file = settings.file();
    if (file == null) {
      throw new IllegalStateException(
          "settlement.market.file is not set: give the JSON file that says where the market's"
              + " contracts are.");
    }
    try {
      return json.readValue(Files.readAllBytes(file), Market.class);
    } catch (IOException | JacksonException e) {
      throw new IllegalStateException(
          "settlement.market.file, %s, is no description of a market.".formatted(file), e);
    }
  }

  @Bean
  @ConditionalOnProperty("settlement.signer.web3signer.url")
  Web3Signer web3Signer(
      Web3SignerSettings settings,
      ChainSettings chain,
      CircuitBreakerRegistry breakers,
      JsonMapper json) {
    URI url = settings.url();
    Bytes publicKey = settings.publicKey();
    if (url == null || publicKey == null) {
      throw new IllegalStateException("settlement.signer.web3signer.public-key is not set.");
    }
    var http = HttpClient.newBuilder().connectTimeout(chain.timeout()).build();
    return new Web3Signer(
        url, publicKey, http, chain.timeout(), breakers.circuitBreaker("web3signer"), json);
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
