package dev.assay.marketplace.platform;

import java.net.URI;
import org.springframework.http.HttpStatus;

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

  static ProblemBody of(ProblemType type, HttpStatus status, String requestId, OpenAiError error) {
    return new ProblemBody(
        type.uri(),
        type.title(),
        status.value(),
        error.message(),
        type.retryable(),
        requestId,
        error);
  }
}
