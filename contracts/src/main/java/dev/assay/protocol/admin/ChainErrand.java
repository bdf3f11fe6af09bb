package dev.assay.protocol.admin;

import dev.assay.protocol.Digest;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Something that settlement wants the chain to do, or wanted.
 *
 * @param purpose for example {@code SETTLE}
 * @param subject which one of its purpose: a head, an epoch, a case
 * @param state {@code PLANNED}, {@code SENT}, {@code FINAL}, {@code REVERTED} or {@code MOOT}
 * @param nonce of the sender; null as long as nothing was signed
 * @param refusals how often a contract refused it before it was signed
 * @param refusal the last of these; null for none
 * @param endedAt null as long as it is on its way
 * @param attempts each signature, of which one at most is mined
 */
public record ChainErrand(
    String purpose,
    String subject,
    String state,
    @Nullable Long nonce,
    int refusals,
    @Nullable String refusal,
    Instant plannedAt,
    @Nullable Instant endedAt,
    List<Signed> attempts) {
  public ChainErrand {
    attempts = List.copyOf(attempts);
  }

  /**
   * A signed transaction.
   *
   * @param most wei a unit of gas, of base fee and tip together
   * @param sentAt when it was last handed to the nodes; null if it was not
   */
  public record Signed(
      Digest transaction,
      long most,
      long tip,
      long gasLimit,
      Instant signedAt,
      @Nullable Instant sentAt) {}
}
