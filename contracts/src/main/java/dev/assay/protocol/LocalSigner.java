package dev.assay.protocol;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.random.RandomGenerator;
import org.web3j.crypto.ECKeyPair;
import org.web3j.crypto.Hash;
import org.web3j.crypto.Sign;

/**
 * Signs with a key in this process's memory, which never leaves it: no accessor, not in {@link
 * #toString}. The same message gives the same signature (RFC 6979).
 */
public final class LocalSigner implements Signer {
  private static final BigInteger ORDER = Sign.CURVE_PARAMS.getN();

  private final ECKeyPair keys;
  private final WalletAddress address;

  private LocalSigner(BigInteger key) {
    this.keys = ECKeyPair.create(key);
    this.address = WalletAddress.ofKey(keys.getPublicKey());
  }

  /**
   * @param key 32 bytes, big-endian
   * @throws IllegalArgumentException unless it is above 0 and below the order of secp256k1; the
   *     message does not show it
   */
  public static LocalSigner ofKey(byte[] key) {
    if (key.length != 32) {
      throw new IllegalArgumentException("A key is 32 bytes, not %d.".formatted(key.length));
    }
    BigInteger number = new BigInteger(1, key);
    if (number.signum() == 0 || number.compareTo(ORDER) >= 0) {
      throw new IllegalArgumentException("A key is above 0 and below the order of secp256k1.");
    }
    return new LocalSigner(number);
  }

  /**
   * Makes a new key.
   *
   * @param chance cryptographically strong, except in tests
   */
  public static LocalSigner create(RandomGenerator chance) {
    byte[] key = new byte[32];
    BigInteger number;
    do {
      chance.nextBytes(key);
      number = new BigInteger(1, key);
    } while (number.signum() == 0 || number.compareTo(ORDER) >= 0);
    return new LocalSigner(number);
  }

  @Override
  public WalletAddress address() {
    return address;
  }

  @Override
  public Signature signHashOf(byte[] message) {
    var signed = Sign.signMessage(Hash.sha3(message), keys, false);
    return Signature.of(
        ByteBuffer.allocate(Signature.SIZE)
            .put(signed.getR())
            .put(signed.getS())
            .put(signed.getV())
            .array());
  }

  @Override
  public String toString() {
    return "LocalSigner[" + address + "]";
  }
}
