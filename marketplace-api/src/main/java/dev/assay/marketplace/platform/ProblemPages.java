package dev.assay.marketplace.platform;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.springframework.http.MediaType;

/**
 * Requests that the server refuses by itself are answered in our shape too, without its name. It
 * writes by hand what has no text of callers.
 */
final class ProblemPages extends ErrorHandler {
  @Override
  public boolean errorPageForMethod(String method) {
    return true;
  }

  @Override
  protected void generateCacheControl(Response response) {
    // Nobody keeps answers of errors.
  }

  @Override
  protected void generateResponse(
      Request request,
      Response response,
      int status,
      String message,
      Throwable cause,
      Callback callback) {
    var type = ProblemType.of(status);
    response.setStatus(type.status().value());
    response
        .getHeaders()
        .put(HttpHeader.CONTENT_TYPE, MediaType.APPLICATION_PROBLEM_JSON_VALUE + ";charset=UTF-8");
    if (type.retryable()) {
      response.getHeaders().put(HttpHeader.RETRY_AFTER, type.retryAfterSeconds());
    }
    String requestId = Objects.requireNonNullElse(response.getHeaders().get(RequestIds.HEADER), "");
    response.write(
        true, ByteBuffer.wrap(page(type, requestId).getBytes(StandardCharsets.UTF_8)), callback);
  }

  private static String page(ProblemType type, String requestId) {
    return """
    {"type":"%s","title":"%s","status":%d,"detail":"The request could not be read as HTTP.",\
    "retryable":%b,"requestId":"%s","error":{"message":"The request could not be read as \
    HTTP.","type":"invalid_request_error","param":null,"code":"%s"}}\
    """
        .formatted(
            type.uri(),
            type.title(),
            type.status().value(),
            type.retryable(),
            requestId,
            type.code());
  }
}
