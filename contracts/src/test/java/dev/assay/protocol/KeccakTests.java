package dev.assay.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.web3j.crypto.Hash;

class KeccakTests {
  @ParameterizedTest
  @CsvSource({
    "'', c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470",
    "abc, 4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"
  })
  void known_hashes_come_out(String message, String hash) {
    assertThat(Keccak.hash256(message.getBytes(StandardCharsets.UTF_8)))
        .isEqualTo(HexFormat.of().parseHex(hash));
  }

  /** Up to four blocks, so that each place of the padding in a block is met. */
  @Test
  void of_any_length_it_is_what_another_implementation_says() {
    var chance = new Random(20_261_126);
    for (int length = 0; length <= 4 * 136 + 1; length++) {
      byte[] message = new byte[length];
      chance.nextBytes(message);

      assertThat(Keccak.hash256(message)).as("%d bytes", length).isEqualTo(Hash.sha3(message));
    }
  }
}
