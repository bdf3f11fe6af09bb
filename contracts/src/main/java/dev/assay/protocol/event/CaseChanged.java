package dev.assay.protocol.event;

import dev.assay.protocol.Digest;
import dev.assay.protocol.EventId;
import dev.assay.protocol.Offence;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.chain.CaseState;
import java.time.Instant;
import java.util.Optional;

/**
 * A case of the Court, as of a place on the chain. It states the whole and not a difference, so
 * that a reader that keeps the one with the latest place is right however often and in whatever
 * order it hears of them.
 *
 * @param id the same in every delivery of this event
 * @param occurredAt UTC
 * @param amount frozen or taken and not yet collected or distributed
 * @param taken slashed so far
 * @param deadline of what may happen next in this state; null in JSON if there is none
 * @param harmed who is made whole; null in JSON while nobody is named
 * @param compensation credited to the harmed or still owed to it
 * @param blockNumber of the log that changed the case
 * @param logIndex of that log in its block
 * @param traceparent the W3C trace context of what caused it; empty if there was none
 */
public record CaseChanged(
    EventId id,
    Instant occurredAt,
    Digest caseId,
    Offence offence,
    WalletAddress accused,
    CaseState state,
    TokenAmount amount,
    TokenAmount taken,
    Optional<Instant> deadline,
    Optional<WalletAddress> harmed,
    TokenAmount compensation,
    long blockNumber,
    int logIndex,
    String traceparent) {
  /** Key: the case's id. Body: this record as JSON. */
  public static final String TOPIC = "settlement.case-changed.v1";
}
