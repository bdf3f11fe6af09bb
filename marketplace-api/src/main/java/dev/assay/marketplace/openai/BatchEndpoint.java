package dev.assay.marketplace.openai;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;

/** What the lines of a batch may ask. */
enum BatchEndpoint {
  CHAT_COMPLETIONS("/v1/chat/completions"),
  EMBEDDINGS("/v1/embeddings");

  private final String path;

  BatchEndpoint(String path) {
    this.path = path;
  }

  @JsonValue
  String path() {
    return path;
  }

  /**
   * @throws IllegalArgumentException for another path
   */
  @JsonCreator
  static BatchEndpoint parse(String path) {
    return Arrays.stream(values())
        .filter(endpoint -> endpoint.path.equals(path))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "endpoint is '/v1/chat/completions' or '/v1/embeddings'."));
  }
}
