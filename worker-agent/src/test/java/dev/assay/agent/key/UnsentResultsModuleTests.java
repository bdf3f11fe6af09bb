package dev.assay.agent.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.assay.agent.key.UnsentResults.Unsent;
import dev.assay.protocol.Digest;
import dev.assay.protocol.ResultAttestation;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.content.ChatOutput;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Path;
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
