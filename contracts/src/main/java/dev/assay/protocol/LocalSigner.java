package dev.assay.protocol;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.web3j.crypto.Hash;

/**
 * Signs with a key in this process's memory, which never leaves it: no accessor, not in {@link
 * #toString}. The same message gives the same signature (RFC 6979).
 */
public final class LocalSigner implements Signer {
  private final Secp256k1.Key key;
  private final WalletAddress address;

  private LocalSigner(byte[] secret) {
    this.key = Secp256k1.get().key(secret);
    this.address = WalletAddress.ofKey(key.publicKey());
  }

  /**
   * @param key 32 bytes, big-endian
   * @throws IllegalArgumentException unless it is above 0 and below the order of secp256k1; the
   *     message does not show it
   */
  public static LocalSigner ofKey(byte[] key) {
    if (key.length != Secp256k1.KEY_SIZE) {
      throw new IllegalArgumentException("A key is 32 bytes, not %d.".formatted(key.length));
    }
    if (!isInRange(key)) {
      throw new IllegalArgumentException("A key is above 0 and below the order of secp256k1.");
    }
    return new LocalSigner(key);
  }

  /**
   * Makes a new key.
   *
   * @param chance cryptographically strong, except in tests
   */
  public static LocalSigner create(RandomGenerator chance) {
    byte[] key = new byte[Secp256k1.KEY_SIZE];
    do {
      chance.nextBytes(key);
    } while (!isInRange(key));
    return new LocalSigner(key);
  }

  private static boolean isInRange(byte[] key) {
    return !Arrays.equals(key, new byte[Secp256k1.KEY_SIZE])
        && Arrays.compareUnsigned(key, Signature.ORDER) < 0;
  }

  @Override
  public WalletAddress address() {
    return address;
  }

  @Override
  public Signature signHashOf(byte[] message) {
    return Signature.of(key.sign(Hash.sha3(message)));
  }

  @Override
  public String toString() {
    return "LocalSigner[" + address + "]";
  }
}
