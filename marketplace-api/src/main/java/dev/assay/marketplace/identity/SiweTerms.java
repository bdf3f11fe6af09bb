package dev.assay.marketplace.identity;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What a sign-in message must say to count here and now. The nonce is not looked at: only the
 * database knows it.
 */
record SiweTerms(List<URI> origins, long chainId) {
  /** How far a wallet's clock may be from ours. */
  static final Duration TOLERANCE = Duration.ofSeconds(60);

  static final Duration OLDEST = Duration.ofMinutes(10);

  SiweTerms {
    origins = List.copyOf(origins);
  }

  /** Why the message does not count, in words for who signed it; nothing if it does. */
  Optional<String> objection(SiweMessage message, Instant now) {
    var origin =
        origins.stream().filter(ours -> ours.getRawAuthority().equals(message.domain())).findAny();
    if (origin.isEmpty()) {
      return Optional.of(
          "The message is for another domain. Here it is one of %s."
              .formatted(origins.stream().map(URI::getRawAuthority).toList()));
    }
    if (message.scheme().isPresent()
        && origins.stream().noneMatch(ours -> matches(ours, message.scheme().get(), message))) {
      return Optional.of("The message is for another scheme than that of this market.");
    }
    if (origins.stream().noneMatch(ours -> isAt(ours, message))) {
      return Optional.of(
          "The message's URI is elsewhere. It begins with its domain's origin, one of %s."
              .formatted(origins));
    }
    if (message.chainId() != chainId) {
      return Optional.of(
          "The message is for chain %d, this market is on %d."
              .formatted(message.chainId(), chainId));
    }
    return times(message, now);
  }

  private static boolean matches(URI ours, String scheme, SiweMessage message) {
    return ours.getScheme().equals(scheme) && ours.getRawAuthority().equals(message.domain());
  }

  /** Scheme and authority are equal as wholes: no prefix, no user in front of another host. */
  private static boolean isAt(URI ours, SiweMessage message) {
    URI uri = message.uri();
    return ours.getRawAuthority().equals(message.domain())
        && ours.getRawAuthority().equals(uri.getRawAuthority())
        && ours.getScheme().equals(uri.getScheme())
        && message.scheme().map(ours.getScheme()::equals).orElse(true);
  }

  private static Optional<String> times(SiweMessage message, Instant now) {
    Instant issuedAt = message.issuedAt().instant();
    if (issuedAt.isAfter(now.plus(TOLERANCE))) {
      return Optional.of(
          "Issued At is in the future. Set your clock: here it is %s.".formatted(now));
    }
    if (issuedAt.isBefore(now.minus(OLDEST))) {
      return Optional.of(
          "Issued At is more than %d minutes ago. Sign a new message; here it is %s."
              .formatted(OLDEST.toMinutes(), now));
    }
    if (message
        .expirationTime()
        .filter(until -> !now.isBefore(until.instant().plus(TOLERANCE)))
        .isPresent()) {
      return Optional.of(
          "Expiration Time is past. Sign a new message; here it is %s.".formatted(now));
    }
    if (message
        .notBefore()
        .filter(from -> now.isBefore(from.instant().minus(TOLERANCE)))
        .isPresent()) {
      return Optional.of("Not Before is in the future; here it is %s.".formatted(now));
    }
    return Optional.empty();
  }
}
