package dev.assay.marketplace.openai;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.assay.determinism.Ids;
import dev.assay.marketplace.openai.Batch.BatchError;
import dev.assay.marketplace.platform.Problem;
import dev.assay.protocol.JobId;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.springframework.stereotype.Component;
import tools.jackson.core.JacksonException;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads what a batch asks: a JSON object on each line. All of it is as it should be, or none is
 * asked.
 */
@Component
class ReadBatchFile {
  static final int MOST_LINES = 10_000;
  private static final int MOST_ERRORS = 100;
  private static final int LONGEST_ID = 256;

  private final JsonMapper json;
  private final Ids ids;

  ReadBatchFile(JsonMapper json, Ids ids) {
    this.json = json;
    this.ids = ids;
  }

  /**
   * What a file holds.
   *
   * @param errors nothing is asked if there are any
   */
  record Contents(List<BatchLine> lines, List<BatchError> errors) {}

  @JsonNaming(SnakeCaseStrategy.class)
  private record Request(String customId, String method, String url, JsonNode body) {}

  Contents read(byte[] file, BatchEndpoint endpoint) {
    List<BatchLine> lines = new ArrayList<>();
    List<BatchError> errors = new ArrayList<>();
    Set<String> customIds = new HashSet<>();
    String[] all;
    ByteBuffer bytes = ByteBuffer.wrap(file);
    try {
      all = UTF_8.newDecoder().decode(bytes).toString().split("\n", -1);
    } catch (CharacterCodingException e) {
      return new Contents(List.of(), List.of(notUtf8(lineAt(file, bytes.position()))));
    }
    for (int i = 0; i < all.length && errors.size() < MOST_ERRORS; i++) {
      String text = all[i].strip();
      if (text.isEmpty()) {
        continue;
      }
      if (lines.size() == MOST_LINES) {
        errors.add(
            new BatchError(
                "too_many_tasks",
                "A batch has at most %d lines.".formatted(MOST_LINES),
                null,
                null));
        break;
      }
      try {
        Request request = json.readValue(text, Request.class);
        check(request, endpoint, customIds, i + 1, errors);
        lines.add(
            new BatchLine(
                lines.size(), request.customId(), kept(request.body()), new JobId(ids.next())));
      } catch (JacksonException | Problem e) {
        errors.add(
            new BatchError(
                "invalid_json_line",
                "This line is not an object with custom_id, method, url and body, as JSON.",
                null,
                i + 1));
      }
    }
    if (lines.isEmpty() && errors.isEmpty()) {
      errors.add(new BatchError("empty_file", "The file has no line.", null, null));
    }
    return new Contents(lines, errors);
  }

  private static BatchError notUtf8(int line) {
    return new BatchError("invalid_encoding", "The file is not in UTF-8.", null, line);
  }

  private static int lineAt(byte[] file, int position) {
    int line = 1;
    for (int i = 0; i < position; i++) {
      line += file[i] == '\n' ? 1 : 0;
    }
    return line;
  }

  /** Half of a character is kept escaped, and refused when its line is asked, as in any request. */
  private String kept(JsonNode body) {
    String text = body.toString();
    return UTF_8.newEncoder().canEncode(text)
        ? text
        : json.writer().with(JsonWriteFeature.ESCAPE_NON_ASCII).writeValueAsString(body);
  }

  private static void check(
      Request request,
      BatchEndpoint endpoint,
      Set<String> customIds,
      int line,
      List<BatchError> errors) {
    if (request.customId().isEmpty() || request.customId().length() > LONGEST_ID) {
      errors.add(
          new BatchError(
              "invalid_custom_id",
              "custom_id has 1 to %d characters.".formatted(LONGEST_ID),
              "custom_id",
              line));
    } else if (!customIds.add(request.customId())) {
      errors.add(
          new BatchError(
              "duplicate_custom_id", "Another line has the same custom_id.", "custom_id", line));
    }
    if (!request.method().equals("POST")) {
      errors.add(new BatchError("invalid_method", "method is 'POST'.", "method", line));
    }
    if (!request.url().equals(endpoint.path())) {
      errors.add(
          new BatchError(
              "mismatched_url",
              "url is the batch's endpoint, %s.".formatted(endpoint.path()),
              "url",
              line));
    }
    if (!request.body().isObject()) {
      errors.add(new BatchError("invalid_body", "body is an object.", "body", line));
    }
  }
}
