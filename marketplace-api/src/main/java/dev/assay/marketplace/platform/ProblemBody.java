package dev.assay.marketplace.platform;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * The one error body: RFC 9457's members, whether to try again, and OpenAI's {@code error} member,
 * so that clients of both worlds understand it.
 */
record ProblemBody(
    URI type,
    String title,
    int status,
    String detail,
    boolean retryable,
    String requestId,
    OpenAiError error) {

  /** The member that OpenAI's clients read. {@code param} is written even when it is null. */
  record OpenAiError(
      String message,
      String type,
      @JsonInclude(JsonInclude.Include.ALWAYS) @Nullable String param,
      String code) {}

  static ProblemBody of(ProblemType type, String detail, String requestId) {
    return new ProblemBody(
        type.uri(),
        type.title(),
        type.status().value(),
        detail,
        type.retryable(),
        requestId,
        new OpenAiError(
            detail,
            type.status().is4xxClientError() ? "invalid_request_error" : "server_error",
            null,
            type.code()));
  }
}
