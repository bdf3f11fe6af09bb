package dev.assay.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.protocol.Digest;
import dev.assay.protocol.EpochSeal;
import dev.assay.protocol.MerkleProof;
import dev.assay.protocol.OperatorLogLeaf;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.admin.AnchoredHead;
import dev.assay.protocol.admin.LogHead;
import dev.assay.protocol.admin.LoggedAction;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** {@code assay audit verify} on logs in files, as anyone has them who was given one. */
class AuditCommandTests {
  @TempDir Path folder = Path.of("");

  private record Ended(int code, String said) {}

  private static Ended verify(String... arguments) {
    var said = new StringWriter();
    var command = Quickstart.commandLine();
    command.setOut(new PrintWriter(said, true)).setErr(new PrintWriter(said, true));
    List<String> all = new ArrayList<>(List.of("audit", "verify"));
    all.addAll(List.of(arguments));
    return new Ended(command.execute(all.toArray(String[]::new)), said.toString());
  }

  private static List<LoggedAction> log(int rows, String why) {
    List<LoggedAction> log = new ArrayList<>();
    LogHead last = LogHead.EMPTY;
    for (int i = 1; i <= rows; i++) {
      log.add(row(last, why, Digest.ZERO));
      log.set(i - 1, row(last, why, log.getLast().computedHash()));
      last = log.getLast().head();
    }
    return log;
  }

  private static LoggedAction row(LogHead after, String why, Digest hash) {
    return new LoggedAction(
        after.number() + 1,
        Instant.parse("2026-11-26T04:00:00.123456Z"),
        "ada",
        "pause",
        "market",
        why,
        "done",
        "",
        "{\"paused\": true}",
        "",
        after.hash(),
        hash);
  }

  private String file(List<LoggedAction> log) throws IOException {
    Path file = Files.createTempFile(folder, "log", ".jsonl");
    List<String> lines = log.stream().map(JsonMapper.shared()::writeValueAsString).toList();
    return Files.write(file, lines).toString();
  }

  @Test
  void a_whole_log_holds_also_against_a_head_of_before() throws IOException {
    List<LoggedAction> log = log(5, "zwölf ünder");

    Ended ended = verify("--log", file(log), "--head", log.get(2).head().toString());

    assertThat(ended.said()).contains("OK    5 rows, one chain", log.getLast().head().toString());
    assertThat(ended.code()).isZero();
  }

  @Test
  void what_was_cut_off_or_written_anew_is_told_with_its_row() throws IOException {
    List<LoggedAction> log = log(5, "the truth");
    String head = log.getLast().head().toString();

    assertThat(verify("--log", file(log.subList(0, 4)), "--head", head).said())
        .contains("FAIL  the log ends with row 4, and had row 5");
    Ended anew = verify("--log", file(log(5, "another")), "--head", head);
    assertThat(anew.said()).contains("FAIL  row 5 was another");
    assertThat(anew.code()).isEqualTo(65);
  }

  /** Nobody has noted a head, and the log is a whole chain. */
  @Test
  void a_log_that_was_cut_off_shows_against_the_head_of_a_sealed_epoch() throws IOException {
    List<LoggedAction> log = log(5, "the truth");
    LogHead head = log.getLast().head();
    Digest leaf = new OperatorLogLeaf(head.number(), head.hash()).hash();
    var seal =
        new EpochSeal(7, leaf, Digest.ZERO, 1, TokenAmount.ZERO, leaf, Digest.ZERO, 0, Digest.ZERO);
    var anchor = new AnchoredHead(seal, head, new MerkleProof(List.of()));
    String anchors =
        Files.writeString(
                folder.resolve("anchors"), JsonMapper.shared().writeValueAsString(anchor) + "\n")
            .toString();

    Ended whole = verify("--log", file(log), "--anchors", anchors);
    assertThat(whole.said()).contains("epochs 7 to 7 were sealed with 1 heads");
    assertThat(whole.code()).isZero();
    Ended cut = verify("--log", file(log.subList(0, 4)), "--anchors", anchors);
    assertThat(cut.said()).contains("FAIL  the log ends with row 4, and had row 5");
    assertThat(cut.code()).isEqualTo(65);
    assertThat(verify("--log", file(log), "--rpc", "http://127.0.0.1:1").code()).isEqualTo(64);
  }

  @Test
  void what_is_no_log_no_head_or_no_file_is_said() throws IOException {
    Path text = Files.writeString(folder.resolve("text"), "{\"a\":1}\n");

    assertThat(verify("--log", text.toString())).extracting(Ended::code).isEqualTo(65);
    assertThat(verify("--log", folder.resolve("none").toString()).said())
        .contains("There is no file");
    assertThat(verify("--log", file(log(1, "x")), "--head", "1"))
        .isEqualTo(
            new Ended(
                64,
                "assay: --head: A head is a number, a colon, 0x and 64 hexadecimal digits.%n"
                    .formatted()));
  }
}
