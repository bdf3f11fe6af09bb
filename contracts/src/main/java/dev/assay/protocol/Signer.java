package dev.assay.protocol;

/** Holds a key, here or in another process, and signs with it. */
public interface Signer {
  WalletAddress address();

  /**
   * Signs the Keccak-256 of {@code message}. The message, not its digest: remote signers take what
   * they can inspect and hash it themselves.
   */
  Signature signHashOf(byte[] message);

  default Signature sign(Signable message, Domain domain) {
    return signHashOf(message.preimage(domain));
  }
}
