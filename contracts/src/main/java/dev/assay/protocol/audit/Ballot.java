package dev.assay.protocol.audit;

import dev.assay.protocol.Outcome;
import dev.assay.protocol.WalletAddress;

/**
 * What one member of a committee has revealed. Who did not reveal has no ballot.
 *
 * @param isOfProfile whether the member has the profile of the worker that is judged
 */
public record Ballot(WalletAddress verifier, boolean isOfProfile, Outcome outcome) {}
