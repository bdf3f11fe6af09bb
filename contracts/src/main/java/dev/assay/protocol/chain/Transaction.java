package dev.assay.protocol.chain;

import dev.assay.protocol.Bytes;
import dev.assay.protocol.Signature;
import dev.assay.protocol.Signer;
import dev.assay.protocol.WalletAddress;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.Optional;
import org.web3j.crypto.RawTransaction;
import org.web3j.crypto.Sign;
import org.web3j.crypto.TransactionEncoder;

/**
 * An EIP-1559 transaction without value, to be signed.
 *
 * @param nonce how many transactions its sender has sent before
 * @param to none to create a contract
 */
public record Transaction(
    long chainId, long nonce, Optional<WalletAddress> to, Bytes data, long gasLimit, Fees fees) {
  /**
   * @throws IllegalArgumentException for a number out of its range
   */
  public Transaction {
    if (chainId < 1 || nonce < 0 || gasLimit < 21_000) {
      throw new IllegalArgumentException(
          "A transaction has a chain id from 1, a nonce from 0 and gas from 21,000, not %d, %d and %d."
              .formatted(chainId, nonce, gasLimit));
    }
  }

  public SignedTransaction sign(Signer signer) {
    RawTransaction raw =
        RawTransaction.createTransaction(
            chainId,
            BigInteger.valueOf(nonce),
            BigInteger.valueOf(gasLimit),
            to.map(WalletAddress::hex).orElse(""),
            BigInteger.ZERO,
            data.toString(),
            BigInteger.valueOf(fees.tip()),
            BigInteger.valueOf(fees.most()));
    Signature signature = signer.signHashOf(TransactionEncoder.encode(raw));
    byte[] parts = signature.toBytes();
    Bytes signed =
        Bytes.of(
            TransactionEncoder.encode(
                raw,
                new Sign.SignatureData(
                    parts[64], Arrays.copyOf(parts, 32), Arrays.copyOfRange(parts, 32, 64))));
    return new SignedTransaction(signed, signed.keccak256());
  }
}
