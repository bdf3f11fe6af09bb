package dev.assay.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code ./assay verify}: what a stranger sees of it. What it checks is {@code CheckReceipt}'s. */
class VerifyCommandTests {
  private static final Path EXAMPLE = Path.of("../docs/examples/receipt.json");

  @TempDir private Path folder;
  private String example = "";

  @BeforeEach
  void read() throws IOException {
    example = Files.readString(EXAMPLE);
  }

  private record Answer(int code, String out, String err) {}

  private static Answer verify(String... arguments) {
    var out = new StringWriter();
    var err = new StringWriter();
    String[] all = new String[arguments.length + 1];
    all[0] = "verify";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    int code =
        Quickstart.commandLine()
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true))
            .execute(all);
    return new Answer(code, out.toString(), err.toString());
  }

  private String file(String content) throws IOException {
    return Files.writeString(folder.resolve("receipt.json"), content).toString();
  }

  @Test
  void the_receipt_of_the_documents_holds_and_each_step_says_what_was_compared() {
    Answer answer = verify(EXAMPLE.toString());
    assertThat(answer.code()).as(answer.out()).isZero();
    assertThat(answer.out().lines().filter(line -> line.startsWith("OK")))
        .hasSizeGreaterThan(9)
        .anyMatch(line -> line.contains("attestation") && line.contains("its signer is"));
    assertThat(answer.out()).doesNotContain("FAIL").contains("--rpc URL");
  }

  @Test
  void a_changed_receipt_is_refused_by_a_code_of_its_own_and_the_flaw_is_named()
      throws IOException {
    Answer answer = verify(file(example.replace("\"outputUnits\" : 34", "\"outputUnits\" : 35")));
    assertThat(answer.code()).isEqualTo(65);
    assertThat(answer.out().lines().filter(line -> line.startsWith("FAIL")))
        .anyMatch(line -> line.contains("attestation") && line.contains("sessionKey is"));
    assertThat(answer.out()).endsWith("This receipt does not hold.\n");
  }

  @Test
  void what_is_no_receipt_is_refused_where_it_is_wrong() throws IOException {
    Answer answer = verify(file(example.replace("\"outputUnits\"", "\"outputunits\"")));
    assertThat(answer.code()).isEqualTo(65);
    assertThat(answer.out()).contains("FAIL  format", "outputUnits is missing");
    assertThat(verify(file("no json")).out()).contains("FAIL  format", "character 0");
  }

  @Test
  void a_receipt_of_other_contracts_than_the_trusted_is_refused() {
    String other = "0x00000000000000000000000000000000000000aa";
    Answer answer = verify(EXAMPLE.toString(), "--court", other);
    assertThat(answer.code()).isEqualTo(65);
    assertThat(answer.out()).contains("FAIL  trusted court", "which you trust");
    assertThat(verify(EXAMPLE.toString(), "--escrow", other).code()).isEqualTo(65);
    assertThat(verify(EXAMPLE.toString(), "--escrow", "0xaa").code()).isEqualTo(64);
  }

  @Test
  void it_prints_the_steps_for_programs_too() {
    Answer answer = verify(EXAMPLE.toString(), "--json");
    JsonNode printed = JsonMapper.shared().readTree(answer.out());
    assertThat(answer.code()).isZero();
    assertThat(printed.path("holds").booleanValue()).isTrue();
    assertThat(printed.path("askedChain").booleanValue()).isFalse();
    assertThat(printed.path("steps").valueStream())
        .hasSizeGreaterThan(9)
        .allMatch(step -> step.path("holds").booleanValue());
  }

  @Test
  void no_file_and_no_node_have_codes_of_their_own() throws IOException {
    Answer missing = verify(folder.resolve("nothing.json").toString());
    assertThat(missing.code()).isEqualTo(64);
    assertThat(missing.err()).contains("There is no file");
    int free;
    try (var socket = new ServerSocket(0)) {
      free = socket.getLocalPort();
    }
    Answer silent = verify(EXAMPLE.toString(), "--rpc", "http://127.0.0.1:" + free);
    assertThat(silent.code()).isEqualTo(69);
    assertThat(silent.err()).contains("does not answer");
  }
}
