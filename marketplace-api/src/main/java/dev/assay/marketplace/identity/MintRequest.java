package dev.assay.marketplace.identity;

import dev.assay.protocol.Digest;
import dev.assay.protocol.TokenAmount;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The body of {@code POST /api/keys}.
 *
 * @param name for its owner, 1 to {@value #MAX_NAME} characters
 * @param scopes at least one; not {@code keys:write}
 * @param budget absent for as much as the purse has
 * @param ratePerMinute absent for what sessions may
 * @param expiresAt absent for a key that does not lapse
 */
record MintRequest(
    String name,
    Set<Caller.Scope> scopes,
    @Nullable TokenAmount budget,
    @Nullable Integer ratePerMinute,
    @Nullable Instant expiresAt) {
  static final int MAX_NAME = 64;
  static final int MAX_RATE = 1_000_000;

  MintRequest {
    if (name.isBlank() || name.length() > MAX_NAME || name.lines().count() != 1) {
      throw new IllegalArgumentException(
          "name is one line of 1 to %d characters.".formatted(MAX_NAME));
    }
    scopes = Set.copyOf(scopes);
    if (scopes.isEmpty() || scopes.contains(Caller.Scope.KEYS_WRITE)) {
      throw new IllegalArgumentException(
          "scopes has one or more of jobs:write, jobs:read, account:read; a key never mints keys.");
    }
    if (ratePerMinute != null && (ratePerMinute < 1 || ratePerMinute > MAX_RATE)) {
      throw new IllegalArgumentException("ratePerMinute is 1 to %d.".formatted(MAX_RATE));
    }
  }

  /** Of all that is asked for. The name comes last: it is the only text without bounds. */
  Digest digest() {
    String asked =
        "%s %s %s %s %s".formatted(new TreeSet<>(scopes), budget, ratePerMinute, expiresAt, name);
    return Digest.keccak256(asked.getBytes(StandardCharsets.UTF_8));
  }
}
