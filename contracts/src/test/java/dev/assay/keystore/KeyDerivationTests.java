package dev.assay.keystore;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import java.util.Random;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.generators.PKCS5S2ParametersGenerator;
import org.bouncycastle.crypto.generators.SCrypt;
import org.bouncycastle.crypto.params.KeyParameter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KeyDerivationTests {
  /** RFC 7914 §12. */
  @ParameterizedTest
  @CsvSource({
    "'', '', 16, 1, 1, 77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"
        + "fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906",
    "password, NaCl, 1024, 8, 16, fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
        + "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640"
  })
  void scrypt_gives_what_its_rfc_says(
      String password, String salt, int n, int r, int p, String key) {
    assertThat(KeyDerivation.scrypt(password.getBytes(UTF_8), salt.getBytes(UTF_8), n, r, p, 64))
        .isEqualTo(HexFormat.of().parseHex(key));
  }

  /** RFC 7914 §11. */
  @Test
  void pbkdf2_gives_what_its_rfc_says() {
    assertThat(KeyDerivation.pbkdf2("passwd".getBytes(UTF_8), "salt".getBytes(UTF_8), 1, 64))
        .isEqualTo(
            HexFormat.of()
                .parseHex(
                    "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
                        + "49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783"));
  }

  @Test
  void both_give_what_another_implementation_says() {
    var chance = new Random(20_261_126);
    for (int i = 0; i < 40; i++) {
      byte[] password = new byte[1 + chance.nextInt(100)];
      byte[] salt = new byte[chance.nextInt(100)];
      chance.nextBytes(password);
      chance.nextBytes(salt);
      int n = 2 << chance.nextInt(6);
      int r = 1 + chance.nextInt(8);
      int p = 1 + chance.nextInt(3);
      int iterations = 1 + chance.nextInt(20);
      var theirs = new PKCS5S2ParametersGenerator(SHA256Digest.newInstance());
      theirs.init(password, salt, iterations);

      assertThat(KeyDerivation.scrypt(password, salt, n, r, p, 32))
          .as("n %d, r %d, p %d", n, r, p)
          .isEqualTo(SCrypt.generate(password, salt, n, r, p, 32));
      assertThat(KeyDerivation.pbkdf2(password, salt, iterations, 32))
          .isEqualTo(((KeyParameter) theirs.generateDerivedMacParameters(8 * 32)).getKey());
    }
  }
}
