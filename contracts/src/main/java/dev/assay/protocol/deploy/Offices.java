package dev.assay.protocol.deploy;

import dev.assay.protocol.WalletAddress;

/**
 * Who does what in a market.
 *
 * @param governance changes what can be changed, after a delay
 * @param settlement the key of the settlement service: settles and seals
 * @param arbiter rules on appeals
 * @param guardian halts settlements for a while
 * @param operator bonds for the operator and binds its session keys
 * @param treasury is paid the operator's fees
 * @param insurance takes what is left of a slash
 */
public record Offices(
    WalletAddress governance,
    WalletAddress settlement,
    WalletAddress arbiter,
    WalletAddress guardian,
    WalletAddress operator,
    WalletAddress treasury,
    WalletAddress insurance) {}
