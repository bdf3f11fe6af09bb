package dev.assay.marketplace.identity;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * @param origins where this market is met, for example {@code https://market.example}; a sign-in
 *     message for anywhere else is refused
 * @param browserOrigins pages of these may call the API from a browser
 * @param minimumAgentVersion told to workers; empty if any will do
 */
@ConfigurationProperties("marketplace.identity")
record IdentitySettings(
    List<URI> origins,
    @DefaultValue List<String> browserOrigins,
    @DefaultValue("") String minimumAgentVersion,
    @DefaultValue Nonces nonces,
    @DefaultValue Sessions sessions,
    @DefaultValue Keys keys,
    @DefaultValue Rates rates) {

  IdentitySettings {
    origins = List.copyOf(origins);
    browserOrigins = List.copyOf(browserOrigins);
    if (origins.isEmpty()) {
      throw new IllegalArgumentException("marketplace.identity.origins names no origin.");
    }
    for (URI origin : origins) {
      if (origin.getScheme() == null
          || origin.getHost() == null
          || !origin.toString().equals(origin.getScheme() + "://" + origin.getRawAuthority())) {
        throw new IllegalArgumentException(
            "marketplace.identity.origins: '%s' is not scheme://host[:port].".formatted(origin));
      }
    }
  }

  /**
   * @param limit how many may be waiting to be used; beyond it nobody gets one until some lapse
   */
  record Nonces(@DefaultValue("10m") Duration lifetime, @DefaultValue("100000") long limit) {}

  /**
   * @param perSigner sessions that one wallet or session key has at a time; one more ends the
   *     oldest
   * @param remembered credentials that this process keeps in memory
   */
  record Sessions(
      @DefaultValue("1h") Duration requester,
      @DefaultValue("12h") Duration worker,
      @DefaultValue("16") int perSigner,
      @DefaultValue("100000") long remembered) {}

  /**
   * @param perWallet keys that a wallet may have, those that are revoked or lapsed not counted
   */
  record Keys(@DefaultValue("100") int perWallet) {}

  /**
   * Requests a minute; as many may come at once.
   *
   * @param perAddress without a credential, by network address (a /64 of IPv6)
   * @param failures credentials that are none, by network address
   * @param remembered buckets that this process keeps in memory
   */
  record Rates(
      @DefaultValue("600") int perAddress,
      @DefaultValue("60") int failures,
      @DefaultValue("6000") int requester,
      @DefaultValue("60000") int worker,
      @DefaultValue("100000") long remembered) {}
}
