package dev.assay.protocol.chain;

import dev.assay.protocol.Bytes;
import dev.assay.protocol.Signer;
import dev.assay.protocol.WalletAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * Sends one transaction after the other and waits for each. For deployments and tools: it remembers
 * nothing, so a service that must survive its own death does not use it.
 */
public final class Sender {
  private final Chain chain;
  private final Signer signer;
  private final Duration pollEvery;
  private final int polls;

  /**
   * @param polls how often a receipt is asked for before giving up
   */
  public Sender(Chain chain, Signer signer, Duration pollEvery, int polls) {
    this.chain = chain;
    this.signer = signer;
    this.pollEvery = pollEvery;
    this.polls = polls;
  }

  public WalletAddress address() {
    return signer.address();
  }

  /**
   * @throws Reverted if the contract refuses; then nothing is sent
   */
  public Receipt send(Call call) {
    return send(Optional.of(call.to()), call.data());
  }

  /**
   * @param creation code and constructor arguments
   * @throws Reverted if the constructor refuses; then nothing is sent
   */
  public WalletAddress create(Bytes creation) {
    return send(Optional.empty(), creation).created().orElseThrow();
  }

  /** Signs the next transaction, with a fifth more gas than it takes now, and does not send it. */
  public SignedTransaction prepare(Call call) {
    return prepare(Optional.of(call.to()), call.data());
  }

  private SignedTransaction prepare(Optional<WalletAddress> to, Bytes data) {
    long gas = chain.estimateGas(address(), to, data);
    return new Transaction(
            chain.chainId(), chain.minedCount(address()), to, data, gas + gas / 5, chain.fees())
        .sign(signer);
  }

  private Receipt send(Optional<WalletAddress> to, Bytes data) {
    SignedTransaction transaction = prepare(to, data);
    chain.send(transaction);
    Receipt receipt = await(transaction);
    if (!receipt.succeeded()) {
      throw new IllegalStateException(
          "Transaction %s passed its simulation and was then reverted in block %d."
              .formatted(receipt.transaction(), receipt.block()));
    }
    return receipt;
  }

  private Receipt await(SignedTransaction transaction) {
    for (int i = 0; i < polls; i++) {
      Optional<Receipt> receipt = chain.receipt(transaction.hash());
      if (receipt.isPresent()) {
        return receipt.get();
      }
      LockSupport.parkNanos(pollEvery.toNanos());
    }
    throw new IllegalStateException(
        "Transaction %s is in no block after %s. It may still get into one."
            .formatted(transaction.hash(), pollEvery.multipliedBy(polls)));
  }
}
