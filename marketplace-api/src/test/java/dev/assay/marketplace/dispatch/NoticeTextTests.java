package dev.assay.marketplace.dispatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.assay.protocol.Digest;
import dev.assay.protocol.JobId;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.wire.AttemptRef;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class NoticeTextTests {
  private static final UUID FROM = new UUID(1, 2);
  private static final JobId JOB = new JobId(new UUID(3, 4));
  private static final Digest MODEL = Digest.keccak256((byte) 1);
  private static final AttemptRef ATTEMPT = new AttemptRef(Digest.keccak256((byte) 2), 7);
  private static final WalletAddress WORKER = new WalletAddress("0x" + "ab".repeat(20));
  private static final Instant DEADLINE = Instant.parse("2026-11-26T12:00:00Z");

  @Test
  void what_is_read_is_what_was_written() {
    List<Notice> all =
        List.of(
            new Notice.Joined(),
            new Notice.Waiting(JOB, MODEL, 3),
            new Notice.Leased(JOB, ATTEMPT, WORKER, MODEL, TokenAmount.of(12), DEADLINE),
            new Notice.AttemptOver(JOB, ATTEMPT, WORKER),
            new Notice.Cancelled(JOB),
            new Notice.Ended(JOB, 7),
            new Notice.Following(JOB, true),
            new Notice.Following(JOB, false),
            new Notice.Said(JOB, 7, 42, "two\nlines, \"ünïcode\" 🜲 and \u0000"),
            new Notice.Said(JOB, 7, 42, ""));

    List<String> payloads = NoticeText.write(FROM, all);

    assertThat(payloads).hasSize(1);
    assertThat(NoticeText.read(payloads.getFirst())).isEqualTo(new NoticeText.Heard(FROM, all));
  }

  @Test
  void many_are_spread_over_as_many_notifications_as_postgresql_takes() {
    List<Notice> many =
        IntStream.range(0, 1_000)
            .<Notice>mapToObj(
                i -> new Notice.Said(new JobId(new UUID(3, i)), 1, i, "€".repeat(1_000)))
            .toList();

    List<String> payloads = NoticeText.write(FROM, many);

    List<Notice> read = new ArrayList<>();
    for (String payload : payloads) {
      assertThat(payload.getBytes(StandardCharsets.UTF_8)).hasSizeLessThan(8_000);
      read.addAll(NoticeText.read(payload).notices());
    }
    assertThat(read).isEqualTo(many);
  }

  @Test
  void what_only_a_later_version_says_does_not_hide_the_rest() {
    var heard = NoticeText.read(FROM + "\ndanced " + JOB.uuid() + "\nended " + JOB.uuid() + " 1");

    assertThat(heard.notices()).containsExactly(new Notice.Ended(JOB, 1));
  }

  @Test
  void what_another_version_says_is_not_guessed() {
    for (String strange :
        List.of(
            "",
            "{\"from\":1}",
            FROM + "\nleased",
            FROM + "\nended " + JOB.uuid(),
            FROM + "\nended " + JOB.uuid() + " soon",
            FROM
                + "\nleased %s %s 1 %s %s 5 999999999999999999"
                    .formatted(JOB.uuid(), MODEL, WORKER, MODEL),
            FROM + "\nwaiting nowhere 0x 1")) {
      assertThatIllegalArgumentException().isThrownBy(() -> NoticeText.read(strange));
    }
  }
}
