package dev.assay.marketplace.identity;

import dev.assay.protocol.Digest;
import dev.assay.protocol.WalletAddress;
import java.time.Instant;

/**
 * What a bearer token stands for.
 *
 * @param hash of the token
 * @param signedBy the key that signed in; the wallet itself, except for workers
 * @param expiresAt UTC; {@link Instant#MAX} for a key that does not lapse
 * @param ratePerMinute requests
 */
record Credential(
    Digest hash, Caller caller, WalletAddress signedBy, Instant expiresAt, int ratePerMinute) {

  boolean isLapsedAt(Instant now) {
    return !now.isBefore(expiresAt);
  }
}
