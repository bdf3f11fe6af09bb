package dev.assay.protocol.wire;

import dev.assay.protocol.Domain;
import dev.assay.protocol.WalletAddress;
import java.time.Instant;

/**
 * A worker is signed in.
 *
 * @param token sent as {@code Authorization: Bearer …} with everything else under {@code /worker}
 * @param expiresAt UTC; sign in again before
 * @param worker the staked wallet that has bound the session key, which attests and is paid
 * @param court the EIP-712 domain of what workers sign; pin it, a market that changes it is another
 * @param minimumAgentVersion older agents get no leases; empty if any will do
 */
public record SessionAnswer(
    String token,
    Instant expiresAt,
    WalletAddress worker,
    Domain court,
    String minimumAgentVersion) {
  @Override
  public String toString() {
    return "SessionAnswer[worker=%s, expiresAt=%s]".formatted(worker, expiresAt);
  }
}
