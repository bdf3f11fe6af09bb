package dev.assay.marketplace.identity;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Who says who is an operator: an issuer of OpenID Connect. Without one nobody is.
 *
 * @param issuer the {@code iss} of its tokens
 * @param jwkSetUri where its public keys are: {@code https://…}, or {@code file:…}
 * @param audience that must be among a token's {@code aud}
 * @param rolesClaim the claim with the roles; a dot leads into an object, as in {@code
 *     realm_access.roles}
 * @param longest how long a token may live; a longer one is refused
 * @param ratePerMinute requests a minute of one operator
 */
@ConfigurationProperties("marketplace.admin")
record AdminSettings(
    @DefaultValue("") String issuer,
    @DefaultValue("") String jwkSetUri,
    @DefaultValue("assay-admin") String audience,
    @DefaultValue("roles") String rolesClaim,
    @DefaultValue("24h") Duration longest,
    @DefaultValue("6000") int ratePerMinute) {

  AdminSettings {
    if (issuer.isBlank() != jwkSetUri.isBlank()) {
      throw new IllegalArgumentException(
          "marketplace.admin.issuer and marketplace.admin.jwk-set-uri go together.");
    }
    if (!jwkSetUri.isBlank() && !jwkSetUri.matches("(https?|file):.+")) {
      throw new IllegalArgumentException(
          "marketplace.admin.jwk-set-uri '%s' is no https:, http: or file: URI."
              .formatted(jwkSetUri));
    }
    if (audience.isBlank()) {
      throw new IllegalArgumentException("marketplace.admin.audience is empty.");
    }
  }

  boolean isOn() {
    return !issuer.isBlank();
  }
}
