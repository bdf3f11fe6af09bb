package dev.assay.settlement.transaction;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * The nonce that a final block counts as used while no node shows a receipt for what was signed
 * with it. One at a time, as one transaction is in flight.
 */
final class MissingReceipt {
  private record Missing(long nonce, Instant since) {}

  private Optional<Missing> missing = Optional.empty();

  /** Whether it has been missing for longer than nodes lag behind themselves. */
  boolean isMissingFor(Duration patience, long nonce, Instant now) {
    Instant since = missing.filter(m -> m.nonce() == nonce).map(Missing::since).orElse(now);
    missing = Optional.of(new Missing(nonce, since));
    return since.plus(patience).isBefore(now);
  }

  /** Whether it was missing and has come. */
  boolean hasCome(long nonce) {
    boolean was = missing.filter(m -> m.nonce() == nonce).isPresent();
    if (was) {
      missing = Optional.empty();
    }
    return was;
  }
}
