package dev.assay.marketplace.identity;

import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSelector;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.proc.SecurityContext;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.ParseException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.client.SimpleClientHttpRequestFactory;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestClientException;

/**
 * The public keys of the issuer. They are read again after a while, and sooner when a token names
 * one that is not there, but not as often as somebody can make up names; while the issuer is away,
 * those that were read last stay.
 */
final class AdminKeys implements JWKSource<SecurityContext> {
  private static final Duration FRESH = Duration.ofMinutes(5);
  private static final Duration SOONEST = Duration.ofSeconds(10);
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  private final URI uri;
  private final Clock clock;
  private @Nullable JWKSet keys;
  private Instant readAt = Instant.MIN;

  AdminKeys(URI uri, Clock clock) {
    this.uri = uri;
    this.clock = clock;
  }

  @Override
  public synchronized List<JWK> get(JWKSelector selector, @Nullable SecurityContext context)
      throws KeySourceException {
    JWKSet present = keysNoOlderThan(FRESH);
    List<JWK> found = selector.select(present);
    return found.isEmpty() ? selector.select(keysNoOlderThan(SOONEST)) : found;
  }

  private JWKSet keysNoOlderThan(Duration age) throws KeySourceException {
    Instant now = clock.instant();
    if (keys == null || readAt.isBefore(now.minus(age))) {
      if (keys == null && !readAt.isBefore(now.minus(SOONEST))) {
        throw new KeySourceException("The issuer's keys could not be read a moment ago.");
      }
      readAt = now;
      try {
        keys = JWKSet.parse(read());
      } catch (IOException | ParseException | RestClientException e) {
        if (keys == null) {
          throw new KeySourceException("The issuer's keys cannot be read.", e);
        }
      }
    }
    return keys;
  }

  private String read() throws IOException {
    if (uri.getScheme().equals("file")) {
      return Files.readString(Path.of(uri));
    }
    var requests = new SimpleClientHttpRequestFactory();
    requests.setConnectTimeout(PATIENCE);
    requests.setReadTimeout(PATIENCE);
    String body =
        RestClient.builder()
            .requestFactory(requests)
            .build()
            .get()
            .uri(uri)
            .retrieve()
            .body(String.class);
    return body == null ? "" : body;
  }
}
