package dev.assay.marketplace.openai;

import dev.assay.marketplace.openai.Batches.AnsweredLine;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.util.RawValue;

/** Writes the answers of a batch as a file of lines, of which only some are in memory at a time. */
@Component
class BatchAnswers {
  private static final int TOGETHER = 64;
  private static final long BYTES = 1 << 20;

  private final Batches batches;
  private final JsonMapper json;

  BatchAnswers(Batches batches, JsonMapper json) {
    this.batches = batches;
    this.json = json;
  }

  @JsonNaming(SnakeCaseStrategy.class)
  private record Line(String id, String customId, Response response, @Nullable String error) {}

  @JsonNaming(SnakeCaseStrategy.class)
  private record Response(int statusCode, String requestId, RawValue body) {}

  void write(BatchId batch, boolean areErrors, OutputStream out) throws IOException {
    int after = -1;
    List<AnsweredLine> page;
    do {
      page = batches.answered(batch, areErrors, after, TOGETHER, BYTES);
      for (AnsweredLine line : page) {
        out.write(written(line).getBytes(StandardCharsets.UTF_8));
        after = line.line();
      }
    } while (!page.isEmpty());
  }

  private String written(AnsweredLine line) {
    return json.writeValueAsString(
            new Line(
                "batch_req_" + line.job().uuid(),
                line.customId(),
                new Response(line.status(), line.job().toString(), new RawValue(line.answer())),
                null))
        + "\n";
  }

  /** How long the file is. */
  long bytes(BatchId batch, boolean areErrors) {
    var counting = new Counting();
    try {
      write(batch, areErrors, counting);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return counting.count;
  }

  private static final class Counting extends OutputStream {
    private long count;

    @Override
    public void write(int one) {
      count++;
    }

    @Override
    public void write(byte[] some, int from, int length) {
      count += length;
    }
  }
}
