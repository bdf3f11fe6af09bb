package dev.assay.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The library and the arithmetic in Java are one thing to everybody else. */
class Secp256k1Tests {
  private static final int CASES = 300;

  private final Secp256k1 portable = new PortableSecp256k1();
  private final SplittableRandom chance = new SplittableRandom(20_261_125);

  private byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    chance.nextBytes(bytes);
    return bytes;
  }

  private static Secp256k1 nativeOne() {
    Optional<NativeSecp256k1> loaded = NativeSecp256k1.load();
    assumeTrue(loaded.isPresent(), "no library for this machine");
    return loaded.orElseThrow();
  }

  @Test
  void on_linux_the_library_is_used() {
    assumeTrue(System.getProperty("os.name").equals("Linux"));
    assumeTrue(System.getProperty("os.arch").equals("amd64"));

    assertThat(Secp256k1.get()).isInstanceOf(NativeSecp256k1.class);
  }

  @Test
  void both_sign_alike_and_recover_who_signed() {
    Secp256k1 library = nativeOne();
    for (int i = 0; i < CASES; i++) {
      byte[] secret = bytes(32);
      byte[] digest = bytes(32);
      byte[] signature = portable.key(secret).sign(digest);

      assertThat(library.key(secret).sign(digest)).isEqualTo(signature);
      assertThat(library.key(secret).publicKey()).isEqualTo(portable.key(secret).publicKey());
      assertThat(library.recover(digest, signature))
          .isEqualTo(portable.recover(digest, signature))
          .isEqualTo(portable.key(secret).publicKey());
    }
  }

  @Test
  void both_say_alike_of_signatures_that_nobody_made() {
    Secp256k1 library = nativeOne();
    int nobody = 0;
    for (int i = 0; i < CASES; i++) {
      byte[] made = bytes(65);
      made[0] &= 0x7f; // below the order
      made[32] &= 0x3f; // and low
      made[64] = (byte) (27 + (i & 1));
      byte[] digest = bytes(32);
      byte[] key = portable.recover(digest, made);

      assertThat(library.recover(digest, made)).isEqualTo(key);
      if (key == null) {
        nobody++;
      }
    }
    assertThat(nobody).as("r is the x of a point in half of the cases").isBetween(100, 200);
  }

  @Test
  void keys_and_digests_at_the_ends_of_their_ranges_are_signed_alike() {
    Secp256k1 library = nativeOne();
    BigInteger order = new BigInteger(1, Signature.ORDER);
    for (BigInteger number :
        new BigInteger[] {
          BigInteger.ONE, BigInteger.TWO, order.shiftRight(1), order.subtract(BigInteger.ONE)
        }) {
      byte[] secret = HexFormat.of().parseHex("%064x".formatted(number));
      for (byte filling : new byte[] {0, 1, -1}) {
        byte[] digest = new byte[32];
        Arrays.fill(digest, filling);

        assertThat(library.key(secret).sign(digest)).isEqualTo(portable.key(secret).sign(digest));
      }
    }
  }
}
