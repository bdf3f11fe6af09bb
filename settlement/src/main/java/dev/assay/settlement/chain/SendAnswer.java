package dev.assay.settlement.chain;

import java.util.List;
import java.util.Locale;

/**
 * What an error in answer to a sent transaction means. JSON-RPC has no codes for it, so it is told
 * by the words that geth, Nethermind, Besu, Erigon, reth and anvil use.
 */
final class SendAnswer {
  /** It is known or was mined: ask for its fate by its hash. */
  private static final List<String> KNOWN =
      List.of(
          "already known",
          "known transaction",
          "already imported",
          "already exists",
          "alreadyknown",
          "nonce too low",
          "nonce is too low",
          "oldnonce");

  /** It will not do as it is, here or elsewhere. */
  private static final List<String> REFUSED =
      List.of(
          "underpriced",
          "fee too low",
          "less than block base fee",
          "feecap",
          "insufficient funds",
          "insufficient balance",
          "gas limit",
          "intrinsic gas",
          "exceeds the configured cap",
          "invalid sender",
          "chain id",
          "decode");

  /** The transaction is with the node already. */
  static final class Known extends RuntimeException {
    Known(String message) {
      super(message);
    }
  }

  private SendAnswer() {}

  static RuntimeException of(String message) {
    String words = message.toLowerCase(Locale.ROOT);
    if (KNOWN.stream().anyMatch(words::contains)) {
      return new Known(message);
    }
    if (REFUSED.stream().anyMatch(words::contains)) {
      return new SendRefused(message);
    }
    return new ChainUnavailable(
        "The EVM node answered eth_sendRawTransaction with an error (%s)".formatted(message), null);
  }
}
