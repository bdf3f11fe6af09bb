package dev.assay.agent.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.assay.agent.key.UnsentResults.Unsent;
import dev.assay.keystore.PrivateFiles;
import dev.assay.protocol.Digest;
import dev.assay.protocol.ResultAttestation;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.content.ChatOutput;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnsentResultsModuleTests {
  @TempDir Path folder;
  private Path file = Path.of("unset");

  @BeforeEach
  void nameFile() {
    file = folder.resolve("unsent.jsonl");
  }

  @Test
  void an_interrupt_while_it_writes_does_not_keep_it_from_writing_later() throws IOException {
    try (var results = UnsentResults.open(file)) {
      results.add(List.of(result(1)));
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> results.add(List.of(result(2))))
          .isInstanceOf(ClosedByInterruptException.class);
      assertThat(Thread.interrupted()).isTrue();

      results.add(List.of(result(2)));
    }
    try (var results = UnsentResults.open(file)) {
      assertThat(results.pending()).containsExactly(result(1), result(2));
    }
  }

  @Test
  void a_line_torn_anywhere_is_cut_off_and_all_before_it_are_kept() throws IOException {
    byte[] first = contentOf(result(1));
    byte[] both = contentOf(result(1), result(2));
    for (int length = first.length; length < both.length - 1; length++) {
      Files.write(file, Arrays.copyOf(both, length));
      try (var results = UnsentResults.open(file)) {
        assertThat(results.pending()).containsExactly(result(1));
        assertThat(results.setAside()).isZero();
        results.add(List.of(result(3)));
      }
      try (var results = UnsentResults.open(file)) {
        assertThat(results.pending()).containsExactly(result(1), result(3));
      }
    }
  }

  @Test
  void a_line_that_lacks_its_end_alone_is_kept_and_others_follow() throws IOException {
    byte[] both = contentOf(result(1), result(2));
    Files.write(file, Arrays.copyOf(both, both.length - 1));
    try (var results = UnsentResults.open(file)) {
      results.add(List.of(result(3)));
    }
    try (var results = UnsentResults.open(file)) {
      assertThat(results.pending()).containsExactly(result(1), result(2), result(3));
    }
  }

  @Test
  void a_line_that_cannot_be_read_is_set_aside_and_those_after_it_are_kept() throws IOException {
    byte[] bytes = contentOf(result(1), result(2), result(3));
    int second = contentOf(result(1)).length;
    bytes[second] = '?';
    Files.write(file, bytes);

    try (var results = UnsentResults.open(file)) {
      assertThat(results.pending()).containsExactly(result(1), result(3));
      assertThat(results.setAside()).isEqualTo(1);
      assertThat(Files.readAllLines(results.unreadable()))
          .singleElement()
          .asString()
          .startsWith("?")
          .endsWith("}");
      assertThat(PrivateFiles.isOpenToOthers(results.unreadable())).isFalse();
    }
    try (var results = UnsentResults.open(file)) {
      assertThat(results.pending()).containsExactly(result(1), result(3));
      assertThat(results.setAside()).isZero();
    }
  }

  /** One that the market never answers must not make the file grow with all others. */
  @Test
  void the_file_does_not_grow_while_one_result_waits() throws IOException {
    String book = "x".repeat(1024 * 1024);
    try (var results = UnsentResults.open(file)) {
      results.add(List.of(result(1)));
      for (int job = 2; job < 30; job++) {
        results.add(List.of(result(job, book)));
        results.remove(List.of(result(job, book).ref()));
        assertThat(Files.size(file)).isLessThan(UnsentResults.MOST_GROWTH + 2L * book.length());
      }
      results.add(List.of(result(30)));
    }
    assertThat(PrivateFiles.isOpenToOthers(file)).isFalse();
    try (var results = UnsentResults.open(file)) {
      assertThat(results.pending()).startsWith(result(1)).endsWith(result(30));
    }
  }

  private byte[] contentOf(Unsent... results) throws IOException {
    Path other = folder.resolve("other.jsonl");
    Files.deleteIfExists(other);
    try (var written = UnsentResults.open(other)) {
      written.add(List.of(results));
    }
    return Files.readAllBytes(other);
  }

  private static Unsent result(int job) {
    return result(job, "a market");
  }

  private static Unsent result(int job, String text) {
    var output = new ChatOutput(text, ChatOutput.FinishReason.STOP);
    return new Unsent(
        new ResultAttestation(
            Digest.keccak256((byte) job),
            1,
            Digest.ZERO,
            new WalletAddress("0x" + "ab".repeat(20)),
            Digest.ZERO,
            Digest.ZERO,
            Digest.ZERO,
            output.digest(),
            output.evidenceRoot(),
            Digest.ZERO,
            1,
            6,
            0,
            7,
            1_795_435_200),
        Digest.ZERO,
        output);
  }
}
