package dev.assay.marketplace.platform;

import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import org.springframework.http.HttpStatus;

/**
 * What a refusal is called under {@code /v1}, where clients made for OpenAI decide by status, type
 * and code. Everything else about it is as anywhere.
 */
public record OpenAiTerms(HttpStatus status, String type, String code) {
  /** Says to OpenAI's clients whether to try again, before they look at anything else. */
  static final String SHOULD_RETRY = "x-should-retry";

  /** OpenAI's word for a path at which there is nothing. */
  static final String UNKNOWN_URL = "unknown_url";

  static final String UNKNOWN_PARAMETER = "unknown_parameter";

  private static final String ROOT = "/v1";
  private static final String INVALID = "invalid_request_error";
  private static final String QUOTA = "insufficient_quota";
  private static final String RATE = "rate_limit_error";
  private static final String SERVERS = "server_error";

  /** Whether the request is of a client that was made for OpenAI. */
  static boolean areExpectedBy(HttpServletRequest request) {
    String path =
        request.getAttribute(RequestDispatcher.ERROR_REQUEST_URI) instanceof String first
            ? first
            : request.getRequestURI();
    return isRoot(path);
  }

  public static boolean isRoot(String path) {
    return path.equals(ROOT) || path.startsWith(ROOT + "/");
  }

  public static OpenAiTerms of(ProblemType type) {
    return switch (type) {
      case INVALID_BODY -> invalid(type, "invalid_value");
      case UNKNOWN_MODEL -> new OpenAiTerms(HttpStatus.NOT_FOUND, INVALID, "model_not_found");
      case UNAUTHENTICATED -> invalid(type, "invalid_api_key");
      case FORBIDDEN -> invalid(type, "insufficient_permissions");
      case INSUFFICIENT_FUNDS -> new OpenAiTerms(type.status(), QUOTA, QUOTA);
      case BUDGET_EXHAUSTED -> new OpenAiTerms(type.status(), QUOTA, "budget_exhausted");
      case IDEMPOTENCY_CONFLICT -> invalid(type, "idempotency_mismatch");
      case RATE_LIMITED -> new OpenAiTerms(type.status(), RATE, "rate_limit_exceeded");
      case TOO_MANY_OPEN_JOBS -> new OpenAiTerms(type.status(), RATE, "too_many_open_jobs");
      case TOO_MUCH_KEPT -> new OpenAiTerms(type.status(), RATE, "too_much_kept");
      case NO_WORKER -> new OpenAiTerms(HttpStatus.SERVICE_UNAVAILABLE, SERVERS, "no_provider");
      case MALFORMED_REQUEST,
          INVALID_PARAMETER,
          INVALID_TEXT,
          UNSUPPORTED_PARAMETER,
          SIGN_IN_REFUSED,
          KEY_NOT_BOUND,
          NOT_FOUND,
          METHOD_NOT_ALLOWED,
          NO_RESULT_YET,
          NO_RESULT,
          JOB_EXECUTING,
          KEY_EXISTS,
          ATTEMPT_OVER,
          JOB_CANCELLED,
          TOO_MANY_KEYS,
          PROPOSAL_OPEN,
          STALE_EDIT,
          BODY_TOO_LARGE,
          UNSUPPORTED_MEDIA_TYPE,
          PRICE_TOO_LOW,
          HEADERS_TOO_LARGE ->
          invalid(type, underscored(type));
      case PROVIDER_FAILED, DEADLINE_EXCEEDED, UNAVAILABLE, MARKET_FULL, PAUSED, INTERNAL_ERROR ->
          new OpenAiTerms(type.status(), SERVERS, underscored(type));
    };
  }

  private static OpenAiTerms invalid(ProblemType type, String code) {
    return new OpenAiTerms(type.status(), INVALID, code);
  }

  private static String underscored(ProblemType type) {
    return type.code().replace('-', '_');
  }
}
