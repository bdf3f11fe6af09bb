package dev.assay.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DigestTests {
  @Test
  void a_digest_is_found_whichever_way_it_was_made() {
    Digest hash = Digest.keccak256((byte) 1);

    assertThat(Digest.parse(hash.toString())).isEqualTo(hash).hasSameHashCodeAs(hash);
    assertThat(Digest.of(hash.toBytes())).isEqualTo(hash).hasSameHashCodeAs(hash);
  }

  @Test
  void hash_codes_of_digests_differ_as_those_of_chance_do() {
    Set<Integer> hashes = new HashSet<>();
    Set<Integer> numbers = new HashSet<>();
    for (int i = 0; i < 10_000; i++) {
      hashes.add(Digest.keccak256(ByteBuffer.allocate(4).putInt(i).array()).hashCode());
      numbers.add(Digest.of(ByteBuffer.allocate(32).putLong(i).array()).hashCode());
    }

    assertThat(hashes).hasSizeGreaterThan(9_990);
    assertThat(numbers).hasSize(10_000);
  }
}
