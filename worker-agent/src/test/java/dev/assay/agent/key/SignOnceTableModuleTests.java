package dev.assay.agent.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.assay.agent.key.SignOnceTable.Claim;
import dev.assay.keystore.PrivateFiles;
import dev.assay.protocol.Digest;
import dev.assay.protocol.wire.AttemptRef;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SignOnceTableModuleTests {
  private static final Instant NOON = Instant.parse("2026-11-23T12:00:00Z");

  @TempDir Path folder;
  private Path file = Path.of("unset");

  @BeforeEach
  void nameFile() {
    file = folder.resolve("signed.log");
  }

  @Test
  void a_second_claim_of_one_attempt_is_not_admitted_and_the_same_is() throws IOException {
    try (var table = SignOnceTable.open(file)) {
      assertThat(table.admit(List.of(claim(1, 1), claim(2, 1)), NOON)).hasSize(2);

      assertThat(table.admit(List.of(claim(1, 2), claim(1, 1), claim(3, 1)), NOON))
          .containsExactly(claim(1, 1), claim(3, 1));
    }
  }

  @Test
  void of_two_new_claims_of_one_attempt_in_one_batch_only_the_first_is_admitted()
      throws IOException {
    try (var table = SignOnceTable.open(file)) {
      assertThat(table.admit(List.of(claim(1, 1), claim(1, 2), claim(1, 1)), NOON))
          .containsExactly(claim(1, 1), claim(1, 1));
    }
    try (var table = SignOnceTable.open(file)) {
      assertThat(table.of(attempt(1))).contains(claim(1, 1));
    }
  }

  @Test
  void what_was_admitted_is_known_after_a_restart() throws IOException {
    try (var table = SignOnceTable.open(file)) {
      table.admit(List.of(claim(1, 1)), NOON);
    }
    try (var table = SignOnceTable.open(file)) {
      assertThat(table.admit(List.of(claim(1, 2)), NOON)).isEmpty();
      assertThat(table.of(attempt(2))).isEmpty();
    }
    assertThat(PrivateFiles.isOpenToOthers(file)).isFalse();
  }

  /** Wherever a crash tears the last line, the lines before are kept and new ones follow. */
  @Test
  void a_line_torn_anywhere_is_cut_off() throws IOException {
    try (var table = SignOnceTable.open(file)) {
      table.admit(List.of(claim(1, 1)), NOON);
    }
    byte[] first = Files.readAllBytes(file);
    try (var table = SignOnceTable.open(file)) {
      table.admit(List.of(claim(2, 1)), NOON);
    }
    byte[] both = Files.readAllBytes(file);
    for (int length = first.length; length < both.length; length++) {
      Files.write(file, Arrays.copyOf(both, length));
      try (var table = SignOnceTable.open(file)) {
        assertThat(table.of(attempt(1))).contains(claim(1, 1));
        assertThat(table.of(attempt(2))).isEmpty();
        table.admit(List.of(claim(2, 2)), NOON);
      }
      try (var table = SignOnceTable.open(file)) {
        assertThat(table.of(attempt(2))).contains(claim(2, 2));
      }
    }
  }

  @Test
  void zeros_that_a_crash_has_left_at_the_end_are_cut_off() throws IOException {
    try (var table = SignOnceTable.open(file)) {
      table.admit(List.of(claim(1, 1)), NOON);
    }
    Files.write(file, new byte[4096], StandardOpenOption.APPEND);

    try (var table = SignOnceTable.open(file)) {
      assertThat(table.of(attempt(1))).contains(claim(1, 1));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 10, 66, 70, 140, 210})
  void a_line_changed_before_a_good_one_stops_the_signing(int place) throws IOException {
    try (var table = SignOnceTable.open(file)) {
      table.admit(List.of(claim(1, 1), claim(2, 1)), NOON);
    }
    byte[] bytes = Files.readAllBytes(file);
    bytes[place] ^= 1;
    Files.write(file, bytes);

    assertThatThrownBy(() -> SignOnceTable.open(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("is damaged before byte");
  }

  /** A market that keeps an attestation can lease its attempt again after years. */
  @Test
  void a_claim_is_never_forgotten_however_long_ago_or_by_whatever_clock_it_was_made()
      throws IOException {
    Instant later = NOON.plus(Duration.ofDays(4_000));
    try (var table = SignOnceTable.open(file)) {
      table.admit(List.of(claim(-1, 1)), NOON);
      fill(table, 0, NOON); // the first part, which holds it
    }
    try (var table = SignOnceTable.open(file)) {
      fill(table, SignOnceTable.IN_MEMORY, later); // becomes one with the first
      table.admit(List.of(claim(-2, 1)), NOON);
    }
    try (var table = SignOnceTable.open(file)) {
      assertThat(table.admit(List.of(claim(-1, 2), claim(-2, 2)), later)).isEmpty();
      assertThat(table.admit(List.of(claim(-1, 1), claim(-2, 1)), later)).hasSize(2);
      assertRefuses(table, 2 * SignOnceTable.IN_MEMORY);
    }
    assertThat(sealed()).hasSize(1);
  }

  /** Random claims, restarts and torn ends: no attempt ever has two claims admitted. */
  @Test
  void nothing_makes_it_admit_two_claims_of_one_attempt() throws IOException {
    long seed = 20261125;
    Random random = new Random(seed);
    var admitted = new HashMap<AttemptRef, Claim>();
    for (int start = 0; start < 50; start++) {
      try (var table = SignOnceTable.open(file)) {
        for (int i = 0; i < 20; i++) {
          Claim wanted = claim(random.nextInt(100), random.nextInt(3));
          for (Claim claim : table.admit(List.of(wanted), NOON)) {
            assertThat(admitted.computeIfAbsent(claim.attempt(), _ -> claim))
                .as("seed %d", seed)
                .isEqualTo(claim);
          }
        }
      }
      String torn = "0x" + "ab".repeat(random.nextInt(200));
      Files.write(file, torn.getBytes(StandardCharsets.US_ASCII), StandardOpenOption.APPEND);
    }
  }

  @Test
  void of_a_hundred_thousand_claims_few_are_in_memory_and_none_is_forgotten() throws IOException {
    int many = 25 * SignOnceTable.IN_MEMORY + 7;
    try (var table = SignOnceTable.open(file)) {
      for (int job = 0; job < many; job += 512) {
        List<Claim> batch =
            IntStream.range(job, Math.min(many, job + 512)).mapToObj(j -> claim(j, 1)).toList();
        assertThat(table.admit(batch, NOON)).hasSize(batch.size());
      }
      assertRefuses(table, many);
    }
    assertThat(Files.size(file)).isLessThan(300L * SignOnceTable.IN_MEMORY);
    assertThat(sealed()).hasSizeBetween(1, 8);
    try (var again = SignOnceTable.open(file)) {
      assertRefuses(again, many);
    }
    for (Path part : sealed()) {
      assertThat(PrivateFiles.isOpenToOthers(part)).isFalse();
    }
  }

  private static void assertRefuses(SignOnceTable table, int many) throws IOException {
    for (int job = 0; job < many; job += 97) {
      assertThat(table.admit(List.of(claim(job, 2)), NOON)).as("job %d", job).isEmpty();
      assertThat(table.admit(List.of(claim(job, 1)), NOON)).as("job %d", job).hasSize(1);
    }
  }

  /** A crash may come after the sealing and before the log is emptied, or before old parts go. */
  @Test
  void a_claim_that_is_in_two_places_is_one() throws IOException {
    List<Claim> some = IntStream.range(0, 100).mapToObj(job -> claim(job, 1)).toList();
    try (var table = SignOnceTable.open(file)) {
      table.admit(some, NOON);
    }
    byte[] log = Files.readAllBytes(file);
    fill(100);
    byte[] part = Files.readAllBytes(sealed().getFirst());
    Files.write(file, log);
    Files.write(folder.resolve("signed.log.sealed-9"), part);

    fill(SignOnceTable.IN_MEMORY);

    try (var table = SignOnceTable.open(file)) {
      assertRefuses(table, 2 * SignOnceTable.IN_MEMORY);
    }
    assertThat(sealed()).hasSize(1);
  }

  private void fill(int from) throws IOException {
    try (var table = SignOnceTable.open(file)) {
      fill(table, from, NOON);
    }
  }

  private static void fill(SignOnceTable table, int from, Instant now) throws IOException {
    table.admit(
        IntStream.range(from, from + SignOnceTable.IN_MEMORY)
            .mapToObj(job -> claim(job, 1))
            .toList(),
        now);
  }

  @Test
  void a_sealed_part_that_was_changed_stops_the_signing() throws IOException {
    fill(0);
    Path part = sealed().getFirst();
    byte[] bytes = Files.readAllBytes(part);
    bytes[bytes.length / 2] ^= 1;
    Files.write(part, bytes);
    try (var table = SignOnceTable.open(file)) {
      assertThatThrownBy(
              () -> {
                for (int job = 0; job < SignOnceTable.IN_MEMORY; job++) {
                  table.admit(List.of(claim(job, 2)), NOON);
                }
              })
          .isInstanceOf(IOException.class)
          .hasMessageContaining("is damaged");
    }
    Files.write(part, Arrays.copyOf(bytes, bytes.length - 1));
    assertThatThrownBy(() -> SignOnceTable.open(file)).hasMessageContaining("is damaged");
  }

  private List<Path> sealed() throws IOException {
    try (var files = Files.list(folder)) {
      return files.filter(path -> path.toString().contains(".sealed-")).sorted().toList();
    }
  }

  private static AttemptRef attempt(int job) {
    return new AttemptRef(Digest.keccak256(ByteBuffer.allocate(4).putInt(job).array()), 1);
  }

  private static Claim claim(int job, int content) {
    return new Claim(
        attempt(job),
        Digest.keccak256(ByteBuffer.allocate(8).putInt(job).putInt(content).array()),
        Digest.keccak256(ByteBuffer.allocate(9).putInt(job).putInt(content).array()));
  }
}
