package dev.assay.marketplace.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.marketplace.job.JobEnd;
import dev.assay.marketplace.job.ShownEnd;
import dev.assay.protocol.Digest;
import dev.assay.protocol.JobId;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.content.ChatOutput;
import dev.assay.protocol.wire.OutputPiece;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JobFeedTests {
  private static final JobId JOB = new JobId(new UUID(7, 1));
  private static final Instant NOON = Instant.parse("2026-11-23T12:00:00Z");

  private final AtomicLong kept = new AtomicLong();
  private final JobFeed feed = new JobFeed(JobEvent.Status.open(JOB), kept);

  private static JobEnd attested(int attempt) {
    return new JobEnd.Attested(
        JOB,
        NOON,
        attempt,
        new WalletAddress("0x" + "11".repeat(20)),
        TokenAmount.of(1),
        Digest.ZERO,
        Optional.of(new JobEnd.Usage(1, 2)));
  }

  private void says(int attempt, long offset, String text) {
    feed.begin(attempt);
    feed.add(attempt, new OutputPiece(offset, text));
  }

  /** All that there is to hear now, a word an event. */
  private static List<String> hears(JobFeed.Reader reader) throws InterruptedException {
    List<String> heard = new ArrayList<>();
    for (var next = reader.next(Duration.ZERO);
        next.isPresent();
        next = reader.next(Duration.ZERO)) {
      heard.add(
          switch (next.get()) {
            case JobEvent.Status(_, var status, var attempt, _, _, _) ->
                attempt == null ? status : status + " " + attempt;
            case JobEvent.Piece(var attempt, var offset, var text) ->
                "%d@%d:%s".formatted(attempt, offset, text);
          });
    }
    return heard;
  }

  @Test
  void a_follower_hears_each_thing_once_and_in_order() throws Exception {
    var reader = feed.reader();
    assertThat(hears(reader)).containsExactly("open");
    feed.become(JobEvent.Status.executing(JOB, 1));
    says(1, 0, "Hel");
    assertThat(hears(reader)).containsExactly("executing 1", "1@0:Hel");
    says(1, 3, "lo ä");
    says(1, 8, "!");
    assertThat(hears(reader)).containsExactly("1@3:lo ä!");
    feed.end(ShownEnd.of(attested(1)), new ChatOutput("Hello ä!?", ChatOutput.FinishReason.STOP));
    assertThat(hears(reader)).containsExactly("1@9:?", "attested 1");
    assertThat(reader.isDone()).isTrue();
  }

  @Test
  void who_was_asleep_gets_what_matters_now() throws Exception {
    var asleep = feed.reader();
    feed.become(JobEvent.Status.executing(JOB, 1));
    says(1, 0, "void");
    feed.drop(1);
    feed.become(JobEvent.Status.open(JOB));
    feed.become(JobEvent.Status.executing(JOB, 2));
    says(2, 0, "anew");
    assertThat(hears(asleep)).containsExactly("executing 2", "2@0:anew");
  }

  @Test
  void the_words_of_an_attempt_that_ended_are_followed_by_those_of_the_next() throws Exception {
    var reader = feed.reader();
    feed.become(JobEvent.Status.executing(JOB, 1));
    says(1, 0, "one");
    hears(reader);
    feed.drop(1);
    feed.become(JobEvent.Status.open(JOB));
    assertThat(hears(reader)).containsExactly("open");
    feed.become(JobEvent.Status.executing(JOB, 2));
    says(2, 0, "two");
    assertThat(hears(reader)).containsExactly("executing 2", "2@0:two");
    assertThat(kept).hasValue(3);
  }

  @Test
  void of_two_attempts_the_first_to_speak_is_heard_unless_the_other_wins() throws Exception {
    var reader = feed.reader();
    feed.become(JobEvent.Status.executing(JOB, 1));
    feed.become(JobEvent.Status.executing(JOB, 2));
    says(1, 0, "slow");
    says(2, 0, "fast");
    assertThat(hears(reader)).containsExactly("executing 1", "1@0:slow");
    feed.end(ShownEnd.of(attested(2)), new ChatOutput("fast", ChatOutput.FinishReason.STOP));
    assertThat(hears(reader)).containsExactly("executing 2", "2@0:fast", "attested 2");
  }

  @Test
  void pieces_may_overlap_and_must_not_leave_a_gap() {
    feed.begin(1);
    assertThat(feed.add(1, new OutputPiece(0, "häa"))).isEqualTo(Transcript.Added.NEW);
    assertThat(feed.add(1, new OutputPiece(0, "hä"))).isEqualTo(Transcript.Added.KNOWN);
    assertThat(feed.add(1, new OutputPiece(1, "äab"))).isEqualTo(Transcript.Added.NEW);
    assertThat(feed.add(1, new OutputPiece(6, "c"))).isEqualTo(Transcript.Added.APART);
    assertThat(feed.transcript(1, said -> said.text().toString())).contains("häab");
    assertThat(kept).hasValue(5);
  }

  @Test
  void no_more_is_kept_than_an_attempt_may_say() {
    feed.begin(1);
    String page = "x".repeat(65_536);
    for (int i = 0; i < 16; i++) {
      assertThat(feed.add(1, new OutputPiece(65_536L * i, page))).isEqualTo(Transcript.Added.NEW);
    }
    assertThat(feed.add(1, new OutputPiece(Transcript.LARGEST, "y")))
        .isEqualTo(Transcript.Added.FULL);
    assertThat(kept).hasValue(Transcript.LARGEST);
    feed.forget();
    assertThat(kept).hasValue(0);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void however_it_is_cut_the_text_is_heard_whole(long seed) throws Exception {
    var chance = new Random(seed);
    var text = new StringBuilder();
    for (int i = 0; i < 20_000; i++) {
      text.appendCodePoint(List.of(0x61, 0xe4, 0x20ac, 0x1f702).get(chance.nextInt(4)));
    }
    feed.become(JobEvent.Status.executing(JOB, 1));
    var reader = feed.reader();
    var heard = new StringBuilder();
    long offset = 0;
    for (int from = 0; from < text.length(); ) {
      int to = Math.min(text.length(), from + 1 + chance.nextInt(300));
      if (to < text.length() && Character.isHighSurrogate(text.charAt(to - 1))) {
        to++;
      }
      String piece = text.substring(from, to);
      says(1, offset, piece);
      offset += piece.getBytes(StandardCharsets.UTF_8).length;
      from = to;
      if (chance.nextInt(20) == 0) {
        hears(reader).forEach(event -> heard.append(event.replaceFirst("^[^:]*:?", "")));
      }
    }
    hears(reader).forEach(event -> heard.append(event.replaceFirst("^[^:]*:?", "")));
    assertThat(heard).hasToString(text.toString());
  }
}
