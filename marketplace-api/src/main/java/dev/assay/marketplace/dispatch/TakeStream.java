package dev.assay.marketplace.dispatch;

import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.content.JobKind;
import dev.assay.protocol.wire.AttemptRef;
import dev.assay.protocol.wire.OutputPiece;
import dev.assay.protocol.wire.StreamAnswer;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import org.springframework.stereotype.Service;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Takes the output of an attempt while it is made, line by line. Reading never waits for whoever
 * follows the job. Each line, also an empty one, is a sign of life of the worker.
 */
@Service
class TakeStream {
  /** A piece, were each of its characters escaped, and its frame. */
  private static final int LONGEST_LINE = 6 * OutputPiece.MAX_BYTES + 256;

  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(500);

  private final FindLeases leases;
  private final LiveLeases live;
  private final Assignments assignments;
  private final JobFeeds feeds;
  private final StreamedOutputs outputs;
  private final DispatchSettings settings;
  private final JsonMapper json;
  private final Clock clock;
  private final Counter pieces;

  TakeStream(
      FindLeases leases,
      LiveLeases live,
      Assignments assignments,
      JobFeeds feeds,
      StreamedOutputs outputs,
      DispatchSettings settings,
      JsonMapper json,
      Clock clock,
      MeterRegistry meters) {
    this.leases = leases;
    this.live = live;
    this.assignments = assignments;
    this.feeds = feeds;
    this.outputs = outputs;
    this.settings = settings;
    this.json = json;
    this.clock = clock;
    this.pieces =
        Counter.builder("market.stream.pieces")
            .description("Pieces of outputs that workers have streamed")
            .register(meters);
  }

  /**
   * Reads until the worker ends the stream.
   *
   * @throws Problem {@link ProblemType#ATTEMPT_OVER} as soon as it is, {@link
   *     ProblemType#JOB_CANCELLED} as soon as the requester wants no more
   * @throws IOException if the stream breaks; what was said until then stays
   */
  StreamAnswer take(WalletAddress worker, AttemptRef ref, InputStream body) throws IOException {
    LiveLease lease = leases.find(ref, worker).orElseThrow(TakeStream::over);
    if (lease.job().kind() != JobKind.CHAT) {
      throw new Problem(
          ProblemType.INVALID_BODY, "Only a chat is streamed; POST /worker/v1/results takes this.");
    }
    try (JobFeeds.Speaker speaker = feeds.speak(lease)) {
      try {
        read(lease, new Lines(body), speaker);
        speaker.transcript(said -> {
          said.end();
          return true;
        });
      } finally {
        Instant now = clock.instant();
        speaker
            .transcript(said -> StreamedOutputs.Streamed.of(lease, said, now))
            .filter(said -> said.bytes() > 0)
            .ifPresent(outputs::keep);
      }
      return new StreamAnswer(ref, speaker.transcript(Transcript::bytes).orElse(0L));
    }
  }

  private void read(LiveLease lease, Lines lines, JobFeeds.Speaker speaker) throws IOException {
    Instant lookedAt = Instant.EPOCH;
    while (true) {
      Instant now = clock.instant();
      if (!now.isBefore(lookedAt.plus(BETWEEN_LOOKS))) {
        lookedAt = now;
        live(lease, now);
      }
      if (live.isCancelled(lease.ref())) {
        throw cancelled();
      }
      Optional<String> line = lines.next();
      if (line.isEmpty()) {
        return;
      }
      if (!line.get().isEmpty()) {
        pieces.increment();
        if (speaker.say(piece(line.get())) == Transcript.Added.APART) {
          throw new Problem(
              ProblemType.INVALID_BODY,
              "offset is beyond what the market has, or within a character. Begin again at 0.");
        }
      }
    }
  }

  /** The worker lives; does the attempt? */
  private void live(LiveLease lease, Instant now) {
    Instant lapsesAt = now.plus(settings.silence());
    if (live.extend(lease.ref(), lapsesAt)) {
      return;
    }
    if (assignments.live(Set.of(lease.ref())).isEmpty()) {
      throw over();
    }
    assignments.beat(Set.of(lease.key()), lapsesAt);
    if (assignments.cancelled(Set.of(lease.job().id())).contains(lease.job().id())) {
      throw cancelled();
    }
  }

  private OutputPiece piece(String line) {
    try {
      return json.readValue(line, OutputPiece.class);
    } catch (JacksonException e) {
      throw new Problem(
          ProblemType.INVALID_BODY,
          "A line is empty or like {\"offset\":0,\"text\":\"Hello\"}, with at most %d bytes of text."
              .formatted(OutputPiece.MAX_BYTES));
    }
  }

  private static Problem over() {
    return new Problem(
        ProblemType.ATTEMPT_OVER,
        "You have no live lease on this attempt: stop computing it, nothing will be paid.");
  }

  private static Problem cancelled() {
    return new Problem(
        ProblemType.JOB_CANCELLED,
        "The requester wants no more. Stop here and attest what there is, with finishReason"
            + " 'cancelled'.");
  }

  /** Splits what comes, and never holds more than a line and a buffer of it. */
  private static final class Lines {
    private final InputStream in;
    private final byte[] buffer = new byte[8 * 1024];
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private int at;
    private int end;

    Lines(InputStream in) {
      this.in = in;
    }

    /** Nothing at the end. A last line need not be closed. */
    Optional<String> next() throws IOException {
      while (true) {
        if (at == end) {
          at = 0;
          end = in.read(buffer);
          if (end < 0) {
            end = 0;
            return line.size() == 0 ? Optional.empty() : Optional.of(text());
          }
        }
        int from = at;
        while (at < end && buffer[at] != '\n') {
          at++;
        }
        line.write(buffer, from, at - from);
        if (line.size() > LONGEST_LINE) {
          throw new Problem(
              ProblemType.BODY_TOO_LARGE, "A line has at most %d bytes.".formatted(LONGEST_LINE));
        }
        if (at < end) {
          at++;
          return Optional.of(text());
        }
      }
    }

    private String text() {
      String text = line.toString(StandardCharsets.UTF_8).strip();
      line.reset();
      return text;
    }
  }
}
