package dev.assay.settlement.court;

import dev.assay.protocol.Digest;
import dev.assay.protocol.Offence;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.chain.CaseState;
import java.time.Instant;
import java.util.Optional;

/**
 * A case of the Court.
 *
 * @param amount frozen or taken, and not yet collected or distributed
 * @param taken slashed so far
 * @param compensation of the harmed, in all
 */
record CourtCase(
    Digest id,
    Offence offence,
    WalletAddress accused,
    CaseState state,
    TokenAmount amount,
    TokenAmount taken,
    Optional<Instant> deadline,
    Optional<WalletAddress> harmed,
    TokenAmount compensation) {}
