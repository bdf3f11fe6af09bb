package dev.assay.agent.work;

import dev.assay.protocol.Domain;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.wire.SessionAnswer;
import java.time.Instant;

/**
 * What a market has let in: who works, and for which court it signs.
 *
 * @param token that goes with each question
 */
record Session(String token, WalletAddress worker, Domain court, Instant expiresAt) {
  static Session of(SessionAnswer answer) {
    return new Session(answer.token(), answer.worker(), answer.court(), answer.expiresAt());
  }

  /** Without the token, which lets in whoever has it. */
  @Override
  public String toString() {
    return "Session[%s, until %s]".formatted(worker, expiresAt);
  }
}
