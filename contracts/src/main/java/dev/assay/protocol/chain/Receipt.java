package dev.assay.protocol.chain;

import dev.assay.protocol.Digest;
import dev.assay.protocol.WalletAddress;
import java.util.List;
import java.util.Optional;

/**
 * A transaction's place and outcome in a block. A reorganisation can take it back.
 *
 * @param succeeded false if it was reverted
 * @param created the contract, if it created one
 */
public record Receipt(
    Digest transaction,
    boolean succeeded,
    long block,
    long gasUsed,
    Optional<WalletAddress> created,
    List<Log> logs) {
  public Receipt {
    logs = List.copyOf(logs);
  }
}
