package dev.assay.marketplace.platform;

import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.webmvc.error.ErrorController;
import org.springframework.core.NestedRuntimeException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.web.ErrorResponse;
import org.springframework.web.bind.MissingServletRequestParameterException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.context.request.async.AsyncRequestNotUsableException;
import org.springframework.web.method.annotation.MethodArgumentTypeMismatchException;
import org.springframework.web.multipart.MaxUploadSizeExceededException;
import org.springframework.web.multipart.MultipartException;
import org.springframework.web.multipart.support.MissingServletRequestPartException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.exc.UnrecognizedPropertyException;

/** Turns whatever goes wrong, in controllers, filters or the container, into one shape. */
@RestControllerAdvice
@RestController
class ProblemAdvice implements ErrorController {
  private static final String FILE_FORM =
      "Send a form of the parts 'file', which has a file name, and 'purpose'.";

  private static final Logger LOG = LoggerFactory.getLogger(ProblemAdvice.class);

  @ExceptionHandler
  ResponseEntity<ProblemBody> problem(Problem problem, HttpServletRequest request) {
    return answer(
        problem.type(),
        new Said(problem.whatToDo(), problem.member(), null, problem.retryAfterSeconds()),
        request,
        HttpHeaders.EMPTY);
  }

  @ExceptionHandler
  ResponseEntity<ProblemBody> unreadable(
      HttpMessageNotReadableException e, HttpServletRequest request) {
    var json = causeOf(e, JacksonException.class);
    if (json == null) {
      var problem = causeOf(e, Problem.class);
      return problem == null
          ? answer(ProblemType.INVALID_BODY, "Send a JSON object in UTF-8.", request)
          : problem(problem, request);
    }
    Problem problem = UnreadableJson.problem(json);
    String code =
        json instanceof UnrecognizedPropertyException ? OpenAiTerms.UNKNOWN_PARAMETER : null;
    return answer(
        problem.type(),
        new Said(problem.whatToDo(), problem.member(), code, problem.retryAfterSeconds()),
        request,
        HttpHeaders.EMPTY);
  }

  @ExceptionHandler
  ResponseEntity<ProblemBody> unreadableParameter(
      MethodArgumentTypeMismatchException e, HttpServletRequest request) {
    var problem = causeOf(e, Problem.class);
    return problem != null
        ? problem(problem, request)
        : answer(ProblemType.INVALID_PARAMETER, e.getName() + " is not of its kind.", request);
  }

  /** What is no file and no purpose, or too much of them. */
  @ExceptionHandler
  ResponseEntity<ProblemBody> unreadableForm(MultipartException e, HttpServletRequest request) {
    return e instanceof MaxUploadSizeExceededException
        ? answer(ProblemType.BODY_TOO_LARGE, "A file has at most 16 MB.", request)
        : answer(ProblemType.INVALID_BODY, FILE_FORM, request);
  }

  @ExceptionHandler({
    MissingServletRequestPartException.class,
    MissingServletRequestParameterException.class
  })
  @Nullable ResponseEntity<ProblemBody> missingPart(Exception e, HttpServletRequest request) {
    return OpenAiTerms.areExpectedBy(request)
        ? answer(ProblemType.INVALID_BODY, FILE_FORM, request)
        : anythingElse(e, request);
  }

  @ExceptionHandler({
    CannotCreateTransactionException.class,
    DataAccessResourceFailureException.class,
    QueryTimeoutException.class
  })
  ResponseEntity<ProblemBody> databaseAway(NestedRuntimeException e, HttpServletRequest request) {
    // Without its stack, which says nothing of the database: where thousands are refused at once,
    // writing it takes more than answering them would.
    LOG.atWarn()
        .addKeyValue("because", e.getMostSpecificCause())
        .log("The database is away; the request was refused");
    return answer(
        ProblemType.UNAVAILABLE, "The database is away for a moment. Try again.", request);
  }

  @ExceptionHandler
  @Nullable ResponseEntity<ProblemBody> anythingElse(Exception e, HttpServletRequest request) {
    if (e instanceof AsyncRequestNotUsableException) {
      return null; // the caller hung up while it was answered: there is nobody to tell
    }
    if (e instanceof ErrorResponse known) { // Spring's own refusals: 404, 405, 406, 415, ...
      var type = ProblemType.of(known.getStatusCode().value());
      String code = type == ProblemType.NOT_FOUND ? OpenAiTerms.UNKNOWN_URL : null;
      var said = new Said(detail(type), null, code, type.retryAfterSeconds());
      return answer(type, said, request, known.getHeaders());
    }
    LOG.atError().setCause(e).log("A request failed by our fault");
    return answer(ProblemType.INTERNAL_ERROR, detail(ProblemType.INTERNAL_ERROR), request);
  }

  /** Where the container sends what failed outside of Spring MVC. */
  @RequestMapping("${spring.web.error.path:/error}")
  ResponseEntity<ProblemBody> outside(HttpServletRequest request) {
    var failure = (Throwable) request.getAttribute(RequestDispatcher.ERROR_EXCEPTION);
    var problem = causeOf(failure, Problem.class);
    if (problem != null) {
      return problem(problem, request);
    }
    var status =
        request.getAttribute(RequestDispatcher.ERROR_STATUS_CODE) instanceof Integer code
            ? code
            : HttpStatus.NOT_FOUND.value();
    var type = ProblemType.of(status);
    return answer(type, detail(type), request);
  }

  private static <T extends Throwable> @Nullable T causeOf(
      @Nullable Throwable failure, Class<T> kind) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (kind.isInstance(cause)) {
        return kind.cast(cause);
      }
    }
    return null;
  }

  /**
   * What is said of a refusal.
   *
   * @param member of the body that is at fault; null for none
   * @param openAiCode if it is another than the type's under {@code /v1}; null if not
   * @param retryAfterSeconds 0 for never
   */
  private record Said(
      String words, @Nullable String member, @Nullable String openAiCode, int retryAfterSeconds) {}

  private static ResponseEntity<ProblemBody> answer(
      ProblemType type, String words, HttpServletRequest request) {
    var said = new Said(words, null, null, type.retryAfterSeconds());
    return answer(type, said, request, HttpHeaders.EMPTY);
  }

  private static ResponseEntity<ProblemBody> answer(
      ProblemType type, Said said, HttpServletRequest request, HttpHeaders headers) {
    type.isAnswerTo(request);
    boolean isOpenAis = OpenAiTerms.areExpectedBy(request);
    OpenAiTerms terms = isOpenAis ? OpenAiTerms.of(type) : ours(type);
    var answer = ResponseEntity.status(terms.status()).headers(headers);
    if (terms.status() == HttpStatus.UNAUTHORIZED) {
      answer.header(HttpHeaders.WWW_AUTHENTICATE, "Bearer realm=\"assay\""); // RFC 9110, 15.5.2
    }
    if (said.retryAfterSeconds() > 0) {
      answer.header(HttpHeaders.RETRY_AFTER, Integer.toString(said.retryAfterSeconds()));
    }
    if (isOpenAis) {
      answer.header(OpenAiTerms.SHOULD_RETRY, Boolean.toString(type.retryable()));
    }
    String code = isOpenAis && said.openAiCode() != null ? said.openAiCode() : terms.code();
    var error = new OpenAiError(said.words(), terms.type(), said.member(), code);
    return answer
        .contentType(MediaType.APPLICATION_PROBLEM_JSON)
        .body(ProblemBody.of(type, terms.status(), RequestIds.of(request), error));
  }

  private static OpenAiTerms ours(ProblemType type) {
    return new OpenAiTerms(
        type.status(),
        type.status().is4xxClientError() ? "invalid_request_error" : "server_error",
        type.code());
  }

  private static String detail(ProblemType type) {
    return switch (type) {
      case NOT_FOUND -> "No operation has this path. The paths are listed in the API's reference.";
      case METHOD_NOT_ALLOWED -> "The Allow header lists the methods of this path.";
      case UNSUPPORTED_MEDIA_TYPE -> "Send Content-Type: application/json, in UTF-8, uncompressed.";
      case INTERNAL_ERROR ->
          "The request was not carried out. Try again; if it stays, tell us the" + " requestId.";
      case MALFORMED_REQUEST,
          INVALID_BODY,
          INVALID_PARAMETER,
          INVALID_TEXT,
          UNAUTHENTICATED,
          SIGN_IN_REFUSED,
          BUDGET_EXHAUSTED,
          FORBIDDEN,
          KEY_NOT_BOUND,
          TOO_MANY_KEYS,
          KEY_EXISTS,
          TOO_MANY_OPEN_JOBS,
          TOO_MUCH_KEPT,
          RATE_LIMITED,
          BODY_TOO_LARGE,
          HEADERS_TOO_LARGE,
          UNSUPPORTED_PARAMETER,
          UNKNOWN_MODEL,
          INSUFFICIENT_FUNDS,
          NO_RESULT_YET,
          NO_RESULT,
          JOB_EXECUTING,
          ATTEMPT_OVER,
          JOB_CANCELLED,
          PROPOSAL_OPEN,
          STALE_EDIT,
          IDEMPOTENCY_CONFLICT,
          PRICE_TOO_LOW,
          NO_WORKER,
          MARKET_FULL,
          PAUSED,
          PROVIDER_FAILED,
          DEADLINE_EXCEEDED,
          UNAVAILABLE ->
          type.title() + ".";
    };
  }
}
