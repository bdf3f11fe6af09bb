package dev.assay.protocol;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.web3j.crypto.ECDSASignature;
import org.web3j.crypto.ECKeyPair;
import org.web3j.crypto.Sign;

/** In Java, by BouncyCastle: for machines that {@link NativeSecp256k1} has no library for. */
final class PortableSecp256k1 implements Secp256k1 {
  @Override
  public Key key(byte[] secret) {
    ECKeyPair keys = ECKeyPair.create(new BigInteger(1, secret));
    return new Key() {
      @Override
      public byte[] publicKey() {
        return bytes(keys.getPublicKey());
      }

      @Override
      public byte[] sign(byte[] digest) {
        var signed = Sign.signMessage(digest, keys, false);
        return ByteBuffer.allocate(Signature.SIZE)
            .put(signed.getR())
            .put(signed.getS())
            .put(signed.getV())
            .array();
      }
    };
  }

  @Override
  public byte @Nullable [] recover(byte[] digest, byte[] signature) {
    var rs =
        new ECDSASignature(
            new BigInteger(1, signature, 0, 32), new BigInteger(1, signature, 32, 32));
    try {
      BigInteger key = Sign.recoverFromSignature(signature[64] - 27, rs, digest);
      return key == null ? null : bytes(key);
    } catch (IllegalArgumentException e) { // r is no point of the curve
      return null;
    }
  }

  private static byte[] bytes(BigInteger publicKey) {
    byte[] number = publicKey.toByteArray();
    int length = Math.min(number.length, PUBLIC_KEY_SIZE);
    byte[] point = new byte[PUBLIC_KEY_SIZE];
    System.arraycopy(number, number.length - length, point, PUBLIC_KEY_SIZE - length, length);
    return point;
  }
}
