package dev.assay.agent.market;

import dev.assay.protocol.Digest;
import dev.assay.protocol.WalletAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/** The text by which a session key signs in (EIP-4361, "SIWE"). */
record SignInMessage(URI market, WalletAddress key, long chainId, String nonce, Instant issuedAt) {
  static final String STATEMENT = "Sign in to work at this market. No money moves.";

  String text() {
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
            checksummed(key),
            STATEMENT,
            market,
            chainId,
            nonce,
            issuedAt.truncatedTo(ChronoUnit.SECONDS));
  }

  /** EIP-55: a letter is upper case where the hash of the address has a digit above 7. */
  static String checksummed(WalletAddress address) {
    String digits = address.hex().substring(2);
    String hash = Digest.keccak256(digits.getBytes(StandardCharsets.US_ASCII)).toString();
    StringBuilder mixed = new StringBuilder("0x");
    for (int i = 0; i < digits.length(); i++) {
      boolean isUpper = Character.digit(hash.charAt(2 + i), 16) > 7;
      String digit = digits.substring(i, i + 1);
      mixed.append(isUpper ? digit.toUpperCase(Locale.ROOT) : digit);
    }
    return mixed.toString();
  }
}
