package dev.assay.agent.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.assay.agent.key.SignOnceTable.Claim;
import dev.assay.keystore.PrivateFiles;
import dev.assay.protocol.Digest;
import dev.assay.protocol.wire.AttemptRef;
import java.io.IOException;
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
    try (var table = SignOnceTable.open(file, NOON)) {
      assertThat(table.admit(List.of(claim(1, 1), claim(2, 1)), NOON)).hasSize(2);

      assertThat(table.admit(List.of(claim(1, 2), claim(1, 1), claim(3, 1)), NOON))
          .containsExactly(claim(1, 1), claim(3, 1));
    }
  }

  @Test
  void of_two_new_claims_of_one_attempt_in_one_batch_only_the_first_is_admitted()
      throws IOException {
    try (var table = SignOnceTable.open(file, NOON)) {
      assertThat(table.admit(List.of(claim(1, 1), claim(1, 2), claim(1, 1)), NOON))
          .containsExactly(claim(1, 1), claim(1, 1));
    }
    try (var table = SignOnceTable.open(file, NOON)) {
      assertThat(table.of(attempt(1))).contains(claim(1, 1));
    }
  }

  @Test
  void what_was_admitted_is_known_after_a_restart() throws IOException {
    try (var table = SignOnceTable.open(file, NOON)) {
      table.admit(List.of(claim(1, 1)), NOON);
    }
    try (var table = SignOnceTable.open(file, NOON)) {
      assertThat(table.admit(List.of(claim(1, 2)), NOON)).isEmpty();
      assertThat(table.of(attempt(2))).isEmpty();
    }
    assertThat(PrivateFiles.isOpenToOthers(file)).isFalse();
  }

  /** Wherever a crash tears the last line, the lines before are kept and new ones follow. */
  @Test
  void a_line_torn_anywhere_is_cut_off() throws IOException {
    try (var table = SignOnceTable.open(file, NOON)) {
      table.admit(List.of(claim(1, 1)), NOON);
    }
    byte[] first = Files.readAllBytes(file);
    try (var table = SignOnceTable.open(file, NOON)) {
      table.admit(List.of(claim(2, 1)), NOON);
    }
    byte[] both = Files.readAllBytes(file);
    for (int length = first.length; length < both.length; length++) {
      Files.write(file, Arrays.copyOf(both, length));
      try (var table = SignOnceTable.open(file, NOON)) {
        assertThat(table.of(attempt(1))).contains(claim(1, 1));
        assertThat(table.of(attempt(2))).isEmpty();
        table.admit(List.of(claim(2, 2)), NOON);
      }
      try (var table = SignOnceTable.open(file, NOON)) {
        assertThat(table.of(attempt(2))).contains(claim(2, 2));
      }
    }
  }

  @Test
  void zeros_that_a_crash_has_left_at_the_end_are_cut_off() throws IOException {
    try (var table = SignOnceTable.open(file, NOON)) {
      table.admit(List.of(claim(1, 1)), NOON);
    }
    Files.write(file, new byte[4096], StandardOpenOption.APPEND);

    try (var table = SignOnceTable.open(file, NOON)) {
      assertThat(table.of(attempt(1))).contains(claim(1, 1));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 10, 66, 70, 140, 210})
  void a_line_changed_before_a_good_one_stops_the_signing(int place) throws IOException {
    try (var table = SignOnceTable.open(file, NOON)) {
      table.admit(List.of(claim(1, 1), claim(2, 1)), NOON);
    }
    byte[] bytes = Files.readAllBytes(file);
    bytes[place] ^= 1;
    Files.write(file, bytes);

    assertThatThrownBy(() -> SignOnceTable.open(file, NOON))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("is damaged before byte");
  }

  @Test
  void claims_are_kept_for_as_long_as_they_could_be_held_against_the_worker() throws IOException {
    try (var table = SignOnceTable.open(file, NOON)) {
      table.admit(List.of(claim(1, 1)), NOON);
      table.admit(List.of(claim(2, 1)), NOON.plus(Duration.ofDays(20)));
    }
    try (var table = SignOnceTable.open(file, NOON.plus(Duration.ofDays(31)))) {
      assertThat(table.of(attempt(1))).isEmpty();
      assertThat(table.of(attempt(2))).contains(claim(2, 1));
    }
    assertThat(Files.readAllLines(file)).hasSize(1);
  }

  /** Random claims, restarts and torn ends: no attempt ever has two claims admitted. */
  @Test
  void nothing_makes_it_admit_two_claims_of_one_attempt() throws IOException {
    long seed = 20261125;
    Random random = new Random(seed);
    var admitted = new HashMap<AttemptRef, Claim>();
    for (int start = 0; start < 50; start++) {
      try (var table = SignOnceTable.open(file, NOON)) {
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

  private static AttemptRef attempt(int job) {
    return new AttemptRef(Digest.keccak256((byte) job), 1);
  }

  private static Claim claim(int job, int content) {
    return new Claim(
        attempt(job),
        Digest.keccak256((byte) job, (byte) content),
        Digest.keccak256((byte) job, (byte) content, (byte) 0));
  }
}
