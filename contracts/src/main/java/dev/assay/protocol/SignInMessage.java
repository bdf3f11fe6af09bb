package dev.assay.protocol;

import java.net.URI;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * The text by which a wallet signs in at a market (EIP-4361, "SIWE"). Reading such texts, with all
 * that may be wrong in them, is the market's own.
 *
 * @param market where it signs in: its authority is the message's domain
 * @param wallet that signs
 * @param statement what its owner is told, one line
 * @param nonce of the market, good for one message
 */
public record SignInMessage(
    URI market,
    WalletAddress wallet,
    String statement,
    long chainId,
    String nonce,
    Instant issuedAt) {

  public String text() {
    return """
    %s wants you to sign in with your Ethereum account:
    %s

    %s

    URI: %s
    Version: 1
    Chain ID: %d
    Nonce: %s
    Issued At: %s\
    """
        .formatted(
            market.getRawAuthority(),
            wallet.checksummed(),
            statement,
            market,
            chainId,
            nonce,
            issuedAt.truncatedTo(ChronoUnit.SECONDS));
  }
}
