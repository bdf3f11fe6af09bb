package dev.assay.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** {@code assay bench draw} in small. */
class BenchDrawTests {
  @Test
  void what_is_drawn_is_the_rate_and_every_proof_proves() {
    var told = new StringWriter();
    int exit =
        new CommandLine(new BenchDraw())
            .setOut(new PrintWriter(told))
            .execute("--leaves=30000", "--proofs=1000", "--strict");

    assertThat(exit).as("%s", told).isZero();
    assertThat(told.toString())
        .contains("leaves/s", "MiB")
        .containsPattern("proofs that do not prove +0 ");
  }
}
