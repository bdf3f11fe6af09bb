package dev.assay.protocol;

import org.jspecify.annotations.Nullable;

/**
 * The curve's arithmetic, by libsecp256k1 where its artifact has a library for this machine, else
 * in Java: the same answers, five to twenty times as fast and in constant time. Whoever signs or
 * recovers asks {@link #get}.
 */
sealed interface Secp256k1 permits NativeSecp256k1, PortableSecp256k1 {
  int KEY_SIZE = 32;
  int PUBLIC_KEY_SIZE = 64;

  /** A private key that is ready to sign. */
  interface Key {
    /** x ‖ y, 64 bytes. */
    byte[] publicKey();

    /**
     * Deterministic (RFC 6979), with low s.
     *
     * @param digest 32 bytes
     * @return r ‖ s ‖ v, 65 bytes
     */
    byte[] sign(byte[] digest);
  }

  /**
   * @param secret 32 bytes, above 0 and below the curve's order
   */
  Key key(byte[] secret);

  /**
   * @param digest 32 bytes
   * @param signature in the form of {@link Signature}
   * @return x ‖ y of the key that made it, 64 bytes; null if no key could have
   */
  byte @Nullable [] recover(byte[] digest, byte[] signature);

  /** The fastest that this machine has. */
  static Secp256k1 get() {
    return Loaded.BEST;
  }

  /** Loaded when somebody first signs or recovers: an unpacked library is not free. */
  final class Loaded {
    private static final Secp256k1 BEST =
        NativeSecp256k1.load().map(Secp256k1.class::cast).orElseGet(PortableSecp256k1::new);

    private Loaded() {}
  }
}
