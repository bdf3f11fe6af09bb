package dev.assay.marketplace.dispatch;

import dev.assay.protocol.Digest;
import dev.assay.protocol.JobId;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.wire.AttemptRef;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * {@link Notice}s as they travel: who says it, and then a line of words for each. Each of several
 * replicas reads what all the others write, several times a job, so it is made to be read quickly.
 */
final class NoticeText {
  /** PostgreSQL takes 8,000 bytes. */
  private static final int LARGEST = 7_900;

  private NoticeText() {}

  /** What one replica told the others at a time. */
  record Heard(UUID from, List<Notice> notices) {
    Heard {
      notices = List.copyOf(notices);
    }
  }

  /** As few as take all of them; only ASCII, so that a character is a byte. */
  static List<String> write(UUID from, List<Notice> notices) {
    List<String> payloads = new ArrayList<>();
    var payload = new StringBuilder().append(from);
    int head = payload.length();
    for (Notice notice : notices) {
      String line = write(notice);
      if (payload.length() + 1 + line.length() > LARGEST && payload.length() > head) {
        payloads.add(payload.toString());
        payload.setLength(head);
      }
      payload.append('\n').append(line);
    }
    payloads.add(payload.toString());
    return payloads;
  }

  private static String write(Notice notice) {
    return switch (notice) {
      case Notice.Joined() -> "joined";
      case Notice.Waiting(JobId job, Digest model, int attempt) ->
          line("waiting", job.uuid(), model, attempt);
      case Notice.Leased leased ->
          line(
              "leased",
              leased.job().uuid(),
              leased.attempt().jobId(),
              leased.attempt().attempt(),
              leased.worker(),
              leased.model(),
              leased.price(),
              leased.deadline().getEpochSecond());
      case Notice.AttemptOver(JobId job, AttemptRef attempt, WalletAddress worker) ->
          line("over", job.uuid(), attempt.jobId(), attempt.attempt(), worker);
      case Notice.Cancelled(JobId job) -> line("cancelled", job.uuid());
      case Notice.Ended(JobId job, int attempt) -> line("ended", job.uuid(), attempt);
      case Notice.Following(JobId job, boolean isAnew) -> line("following", job.uuid(), isAnew);
      case Notice.Said(JobId job, int attempt, long offset, String text) ->
          line("said", job.uuid(), attempt, offset, encoded(text));
    };
  }

  private static String line(Object... words) {
    var line = new StringBuilder();
    for (Object word : words) {
      line.append(line.isEmpty() ? "" : " ").append(word);
    }
    return line.toString();
  }

  /**
   * Without what only a later version tells.
   *
   * @throws IllegalArgumentException if it is not understood, or a part of it
   */
  static Heard read(String payload) {
    String[] lines = payload.split("\n", -1);
    List<Notice> notices = new ArrayList<>(lines.length - 1);
    for (int i = 1; i < lines.length; i++) {
      String[] words = lines[i].split(" ", -1);
      try {
        Notice notice = read(words);
        if (notice != null) {
          notices.add(notice);
        }
      } catch (ArrayIndexOutOfBoundsException | DateTimeException e) {
        throw new IllegalArgumentException(
            "A notice of %d words that are not its own".formatted(words.length), e);
      }
    }
    return new Heard(UUID.fromString(lines[0]), notices);
  }

  private static @Nullable Notice read(String[] words) {
    return switch (words[0]) {
      case "joined" -> new Notice.Joined();
      case "waiting" ->
          new Notice.Waiting(job(words), Digest.parse(words[2]), Integer.parseInt(words[3]));
      case "leased" ->
          new Notice.Leased(
              job(words),
              new AttemptRef(Digest.parse(words[2]), Long.parseLong(words[3])),
              new WalletAddress(words[4]),
              Digest.parse(words[5]),
              TokenAmount.parse(words[6]),
              Instant.ofEpochSecond(Long.parseLong(words[7])));
      case "over" ->
          new Notice.AttemptOver(
              job(words),
              new AttemptRef(Digest.parse(words[2]), Long.parseLong(words[3])),
              new WalletAddress(words[4]));
      case "cancelled" -> new Notice.Cancelled(job(words));
      case "ended" -> new Notice.Ended(job(words), Integer.parseInt(words[2]));
      case "following" -> new Notice.Following(job(words), Boolean.parseBoolean(words[2]));
      case "said" ->
          new Notice.Said(
              job(words), Integer.parseInt(words[2]), Long.parseLong(words[3]), decoded(words[4]));
      default -> null; // a later version's
    };
  }

  private static JobId job(String[] words) {
    return new JobId(UUID.fromString(words[1]));
  }

  private static String encoded(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String decoded(String word) {
    return new String(Base64.getDecoder().decode(word), StandardCharsets.UTF_8);
  }
}
