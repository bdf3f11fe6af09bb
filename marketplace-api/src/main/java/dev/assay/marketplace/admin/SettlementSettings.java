package dev.assay.marketplace.admin;

import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * @param url where settlement answers operators' questions; empty if it is not asked
 * @param patience with its answer
 */
@ConfigurationProperties("marketplace.admin.settlement")
record SettlementSettings(@DefaultValue("") String url, @DefaultValue("2s") Duration patience) {
  SettlementSettings {
    if (!url.isBlank() && !url.matches("https?://.+")) {
      throw new IllegalArgumentException(
          "marketplace.admin.settlement.url '%s' is no http: or https: URL.".formatted(url));
    }
  }

  Optional<URI> address() {
    return url.isBlank() ? Optional.empty() : Optional.of(URI.create(url));
  }
}
