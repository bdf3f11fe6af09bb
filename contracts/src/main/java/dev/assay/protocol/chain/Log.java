package dev.assay.protocol.chain;

import dev.assay.protocol.Bytes;
import dev.assay.protocol.Digest;
import dev.assay.protocol.WalletAddress;
import java.util.List;

/**
 * What a contract logged.
 *
 * @param address of the contract
 * @param topics the event's hash, then its indexed values; at most four
 * @param data its other values
 */
public record Log(WalletAddress address, List<Digest> topics, Bytes data) {
  public Log {
    topics = List.copyOf(topics);
  }
}
