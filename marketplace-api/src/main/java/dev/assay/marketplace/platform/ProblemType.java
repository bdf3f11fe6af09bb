package dev.assay.marketplace.platform;

import jakarta.servlet.http.HttpServletRequest;
import java.net.URI;
import java.util.Locale;
import java.util.Optional;
import org.springframework.http.HttpStatus;

/** Every kind of refusal a caller can meet. Each is explained in docs/reference/problems.md. */
public enum ProblemType {
  MALFORMED_REQUEST(HttpStatus.BAD_REQUEST, "The request is not well-formed"),
  INVALID_BODY(HttpStatus.BAD_REQUEST, "The body is not what this operation takes"),
  INVALID_PARAMETER(HttpStatus.BAD_REQUEST, "A parameter is not what this operation takes"),
  INVALID_TEXT(HttpStatus.BAD_REQUEST, "A text holds characters that are not taken"),
  UNSUPPORTED_PARAMETER(HttpStatus.BAD_REQUEST, "This market cannot do what a parameter asks"),
  UNKNOWN_MODEL(HttpStatus.BAD_REQUEST, "This market does not know the model"),
  UNAUTHENTICATED(HttpStatus.UNAUTHORIZED, "Nobody is signed in by this request"),
  SIGN_IN_REFUSED(HttpStatus.UNAUTHORIZED, "The signed message does not count here"),
  INSUFFICIENT_FUNDS(HttpStatus.PAYMENT_REQUIRED, "There is not enough money for this"),
  BUDGET_EXHAUSTED(HttpStatus.PAYMENT_REQUIRED, "The key's budget does not reach"),
  FORBIDDEN(HttpStatus.FORBIDDEN, "This credential may not do that"),
  KEY_NOT_BOUND(HttpStatus.FORBIDDEN, "No worker has bound this session key"),
  NOT_FOUND(HttpStatus.NOT_FOUND, "There is nothing here"),
  METHOD_NOT_ALLOWED(HttpStatus.METHOD_NOT_ALLOWED, "This resource does not take the method"),
  NO_RESULT_YET(HttpStatus.CONFLICT, "The job is not done", 1),
  NO_RESULT(HttpStatus.CONFLICT, "The job has no result"),
  JOB_EXECUTING(HttpStatus.CONFLICT, "A worker executes the job", 1),
  KEY_EXISTS(HttpStatus.CONFLICT, "The key was minted before, and its secret shown then"),
  ATTEMPT_OVER(HttpStatus.CONFLICT, "The attempt is over"),
  JOB_CANCELLED(HttpStatus.CONFLICT, "The requester wants no more of the job"),
  TOO_MANY_KEYS(HttpStatus.CONFLICT, "The wallet has as many keys as it may have"),
  PROPOSAL_OPEN(HttpStatus.CONFLICT, "Another change of this is on its way"),
  STALE_EDIT(HttpStatus.PRECONDITION_FAILED, "It is not as you have seen it"),
  BODY_TOO_LARGE(HttpStatus.CONTENT_TOO_LARGE, "The body is too large"),
  UNSUPPORTED_MEDIA_TYPE(
      HttpStatus.UNSUPPORTED_MEDIA_TYPE, "Bodies are JSON in UTF-8, not compressed"),
  IDEMPOTENCY_CONFLICT(HttpStatus.UNPROCESSABLE_CONTENT, "The same name stands for something else"),
  PRICE_TOO_LOW(HttpStatus.UNPROCESSABLE_CONTENT, "No worker does it for that"),
  NO_WORKER(HttpStatus.UNPROCESSABLE_CONTENT, "No worker could do this job", 2),
  RATE_LIMITED(HttpStatus.TOO_MANY_REQUESTS, "Too many requests", 1),
  TOO_MANY_OPEN_JOBS(
      HttpStatus.TOO_MANY_REQUESTS, "The requester has as many open jobs as it may have", 1),
  TOO_MUCH_KEPT(
      HttpStatus.TOO_MANY_REQUESTS, "The requester has as large inputs here as it may have", 60),
  HEADERS_TOO_LARGE(
      HttpStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "The request's headers are too large"),
  PROVIDER_FAILED(HttpStatus.BAD_GATEWAY, "No worker had a result"),
  DEADLINE_EXCEEDED(HttpStatus.GATEWAY_TIMEOUT, "The deadline passed without a result"),
  UNAVAILABLE(HttpStatus.SERVICE_UNAVAILABLE, "A part that this needs is away", 1),
  MARKET_FULL(HttpStatus.SERVICE_UNAVAILABLE, "The market takes no more of these", 5),
  PAUSED(HttpStatus.SERVICE_UNAVAILABLE, "An operator has paused this", 5),
  INTERNAL_ERROR(HttpStatus.INTERNAL_SERVER_ERROR, "This is our fault", 1);

  private final HttpStatus status;
  private final String title;
  private final int retryAfterSeconds;

  ProblemType(HttpStatus status, String title) {
    this(status, title, 0);
  }

  ProblemType(HttpStatus status, String title, int retryAfterSeconds) {
    this.status = status;
    this.title = title;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  public HttpStatus status() {
    return status;
  }

  public String title() {
    return title;
  }

  /** Whether the same request may succeed later. */
  public boolean retryable() {
    return retryAfterSeconds > 0;
  }

  /** How long to wait before that, if a {@link Problem} does not know better; 0 for never. */
  int retryAfterSeconds() {
    return retryAfterSeconds;
  }

  /** For example {@code body-too-large}: the anchor in docs/reference/problems.md. */
  public String code() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The RFC 9457 {@code type}. */
  public URI uri() {
    return URI.create("urn:assay:problem:" + code());
  }

  void isAnswerTo(HttpServletRequest request) {
    request.setAttribute(ProblemType.class.getName(), this);
  }

  /** By which problem a request was refused; nothing if it was not, or not yet. */
  public static Optional<ProblemType> answerTo(HttpServletRequest request) {
    return request.getAttribute(ProblemType.class.getName()) instanceof ProblemType type
        ? Optional.of(type)
        : Optional.empty();
  }

  /** The nearest kind for a status that somebody else has chosen, such as the servlet container. */
  static ProblemType of(int status) {
    for (ProblemType type : values()) {
      if (type.status.value() == status) {
        return type;
      }
    }
    boolean isCallers = status < 500 || status == HttpStatus.HTTP_VERSION_NOT_SUPPORTED.value();
    return isCallers ? MALFORMED_REQUEST : INTERNAL_ERROR;
  }
}
