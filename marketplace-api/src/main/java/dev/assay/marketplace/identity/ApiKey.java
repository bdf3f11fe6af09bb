package dev.assay.marketplace.identity;

import dev.assay.protocol.TokenAmount;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A key as its owner sees it; the secret is not among it.
 *
 * @param prefix the secret's beginning, by which its owner knows it
 * @param budget what jobs posted with the key may reserve in sum
 * @param spent what they have reserved; counted where there is a budget
 */
record ApiKey(
    KeyId id,
    String name,
    String prefix,
    List<Caller.Scope> scopes,
    Optional<TokenAmount> budget,
    TokenAmount spent,
    Optional<Integer> ratePerMinute,
    Instant createdAt,
    Optional<Instant> expiresAt,
    Optional<Instant> revokedAt) {
  ApiKey {
    scopes = List.copyOf(scopes);
  }
}
