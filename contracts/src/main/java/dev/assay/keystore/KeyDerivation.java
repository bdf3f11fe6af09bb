package dev.assay.keystore;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Keys made of passwords: PBKDF2 (RFC 8018) over HMAC-SHA-256, and scrypt (RFC 7914). */
final class KeyDerivation {
  private static final String HMAC = "HmacSHA256";
  private static final int BLOCK_INTS = 16;
  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private KeyDerivation() {}

  static byte[] pbkdf2(byte[] password, byte[] salt, int iterations, int length) {
    Mac mac = mac(password);
    byte[] derived = new byte[length];
    byte[] numbered = Arrays.copyOf(salt, salt.length + Integer.BYTES);
    for (int at = 0, number = 1; at < length; at += mac.getMacLength(), number++) {
      for (int i = 0; i < Integer.BYTES; i++) {
        numbered[salt.length + i] = (byte) (number >>> (24 - 8 * i));
      }
      byte[] last = mac.doFinal(numbered);
      byte[] sum = last.clone();
      for (int i = 1; i < iterations; i++) {
        last = mac.doFinal(last);
        for (int b = 0; b < sum.length; b++) {
          sum[b] ^= last[b];
        }
      }
      System.arraycopy(sum, 0, derived, at, Math.min(sum.length, length - at));
    }
    return derived;
  }

  private static Mac mac(byte[] password) {
    try {
      Mac mac = Mac.getInstance(HMAC);
      // Keys are filled up with zeros, so one zero is the empty key, which the JDK does not take.
      mac.init(new SecretKeySpec(password.length == 0 ? new byte[1] : password, HMAC));
      return mac;
    } catch (NoSuchAlgorithmException | InvalidKeyException e) {
      throw new IllegalStateException("every JVM has HMAC-SHA-256", e);
    }
  }

  /**
   * @param n a power of two
   * @param r of 128 bytes; {@code n * r} of them are held in memory
   */
  static byte[] scrypt(byte[] password, byte[] salt, int n, int r, int p, int length) {
    byte[] bytes = pbkdf2(password, salt, 1, p * 128 * r);
    int[] block = new int[32 * r];
    for (int i = 0; i < p; i++) {
      int from = i * 128 * r;
      for (int j = 0; j < block.length; j++) {
        block[j] = (int) INTS.get(bytes, from + j * Integer.BYTES);
      }
      mix(block, n);
      for (int j = 0; j < block.length; j++) {
        INTS.set(bytes, from + j * Integer.BYTES, block[j]);
      }
    }
    return pbkdf2(password, bytes, 1, length);
  }

  /** scryptROMix. */
  private static void mix(int[] block, int n) {
    int[][] seen = new int[n][];
    int[] scratch = new int[block.length];
    int[] salsa = new int[BLOCK_INTS];
    for (int i = 0; i < n; i++) {
      seen[i] = block.clone();
      mixOnce(block, scratch, salsa);
    }
    for (int i = 0; i < n; i++) {
      int[] chosen = seen[block[block.length - BLOCK_INTS] & (n - 1)];
      for (int j = 0; j < block.length; j++) {
        block[j] ^= chosen[j];
      }
      mixOnce(block, scratch, salsa);
    }
  }

  /** scryptBlockMix. */
  private static void mixOnce(int[] block, int[] scratch, int[] x) {
    int blocks = block.length / BLOCK_INTS;
    System.arraycopy(block, block.length - BLOCK_INTS, x, 0, BLOCK_INTS);
    for (int i = 0; i < blocks; i++) {
      for (int j = 0; j < BLOCK_INTS; j++) {
        x[j] ^= block[i * BLOCK_INTS + j];
      }
      salsa(x);
      int to = (i % 2 == 0 ? i / 2 : blocks / 2 + i / 2) * BLOCK_INTS;
      System.arraycopy(x, 0, scratch, to, BLOCK_INTS);
    }
    System.arraycopy(scratch, 0, block, 0, block.length);
  }

  /** Salsa20/8. */
  private static void salsa(int[] x) {
    int[] before = x.clone();
    for (int i = 0; i < 8; i += 2) {
      quarter(x, 0, 4, 8, 12);
      quarter(x, 5, 9, 13, 1);
      quarter(x, 10, 14, 2, 6);
      quarter(x, 15, 3, 7, 11);
      quarter(x, 0, 1, 2, 3);
      quarter(x, 5, 6, 7, 4);
      quarter(x, 10, 11, 8, 9);
      quarter(x, 15, 12, 13, 14);
    }
    for (int i = 0; i < x.length; i++) {
      x[i] += before[i];
    }
  }

  private static void quarter(int[] x, int a, int b, int c, int d) {
    x[b] ^= Integer.rotateLeft(x[a] + x[d], 7);
    x[c] ^= Integer.rotateLeft(x[b] + x[a], 9);
    x[d] ^= Integer.rotateLeft(x[c] + x[b], 13);
    x[a] ^= Integer.rotateLeft(x[d] + x[c], 18);
  }
}
