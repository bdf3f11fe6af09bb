package dev.assay.protocol.chain;

import dev.assay.protocol.Bytes;
import dev.assay.protocol.Digest;
import dev.assay.protocol.WalletAddress;
import java.util.List;
import java.util.Optional;

/**
 * What we need of an EVM node. Whoever implements it chooses transport, time limits and retries,
 * and throws its own exception when the node gives no answer that can be relied on.
 */
public interface Chain {
  /** Of EIP-155. */
  long chainId();

  /** The newest block's number. */
  long height();

  /** The code at an address, as of the newest block; empty if there is none. */
  Bytes codeAt(WalletAddress address);

  /**
   * Simulates a call from {@code from} on the newest block.
   *
   * @throws Reverted if the contract refuses
   */
  Bytes call(WalletAddress from, Call call);

  /** How many transactions of {@code sender} are mined: the nonce of its next. */
  long minedCount(WalletAddress sender);

  /** What a transaction should offer now. */
  Fees fees();

  /**
   * Simulates a transaction.
   *
   * @param to none to create a contract
   * @return the gas that it takes
   * @throws Reverted if it would be
   */
  long estimateGas(WalletAddress from, Optional<WalletAddress> to, Bytes data);

  /** Hands a transaction to the network. The answer says nothing about its fate. */
  void send(SignedTransaction transaction);

  /** The receipt, once the transaction is in a block. */
  Optional<Receipt> receipt(Digest transaction);

  /**
   * The logs of a contract in a range of blocks, both ends included, in order.
   *
   * @param topic the first topic
   */
  List<Log> logs(WalletAddress contract, Digest topic, long fromBlock, long toBlock);

  /** Asks as nobody. */
  default <R> R read(Query<R> query) {
    return read(WalletAddress.ZERO, query);
  }

  /**
   * @throws Reverted if the contract refuses
   */
  default <R> R read(WalletAddress from, Query<R> query) {
    return query.decode(call(from, query.call()));
  }
}
