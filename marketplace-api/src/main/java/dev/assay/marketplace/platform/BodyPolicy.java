package dev.assay.marketplace.platform;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.servlet.HandlerExceptionResolver;

/**
 * Refuses bodies that are too large (counted as they are read, so that an unannounced length does
 * not help), compressed, or in another charset than UTF-8, before anything parses them.
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE + 10)
class BodyPolicy extends OncePerRequestFilter {
  private static final MediaType FORM = MediaType.APPLICATION_FORM_URLENCODED;

  private final long maxBytes;
  private final HandlerExceptionResolver handlerExceptionResolver;

  BodyPolicy(InputSettings settings, HandlerExceptionResolver handlerExceptionResolver) {
    this.maxBytes = settings.maxBody().toBytes();
    this.handlerExceptionResolver = handlerExceptionResolver;
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    try {
      check(request);
      TextPolicy.checkParameters(request);
    } catch (Problem problem) {
      handlerExceptionResolver.resolveException(request, response, null, problem);
      return;
    }
    chain.doFilter(new BoundedBody(request, maxBytes), response);
  }

  private void check(HttpServletRequest request) {
    if (request.getContentLengthLong() > maxBytes) {
      throw tooLarge(maxBytes);
    }
    String encoding = request.getHeader(HttpHeaders.CONTENT_ENCODING);
    if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
      throw new Problem(
          ProblemType.UNSUPPORTED_MEDIA_TYPE, "Compressed bodies are not taken. Send it plain.");
    }
    if (request.getContentType() != null && !request.getContentType().isBlank()) {
      check(mediaType(request.getContentType()), request);
    }
  }

  private static void check(MediaType type, HttpServletRequest request) {
    if (type.getCharset() != null && !type.getCharset().equals(StandardCharsets.UTF_8)) {
      throw new Problem(ProblemType.UNSUPPORTED_MEDIA_TYPE, "Send the body in UTF-8.");
    }
    // A form would be read by the container, as parameters, by whoever asks for one of these first.
    if (hasBody(request)
        && (FORM.isCompatibleWith(type) || type.getType().equalsIgnoreCase("multipart"))) {
      throw new Problem(ProblemType.UNSUPPORTED_MEDIA_TYPE, "Forms are not taken. Send JSON.");
    }
  }

  private static boolean hasBody(HttpServletRequest request) {
    return request.getContentLengthLong() > 0
        || request.getHeader(HttpHeaders.TRANSFER_ENCODING) != null;
  }

  private static MediaType mediaType(String contentType) {
    try {
      var type = MediaType.parseMediaType(contentType);
      if (type.isConcrete()) {
        return type;
      }
    } catch (IllegalArgumentException e) {
      // Said below.
    }
    throw new Problem(
        ProblemType.UNSUPPORTED_MEDIA_TYPE, "Content-Type is not a media type. Send JSON.");
  }

  private static Problem tooLarge(long maxBytes) {
    return new Problem(
        ProblemType.BODY_TOO_LARGE, "A body has at most %d bytes.".formatted(maxBytes));
  }

  /** Counts while others read. */
  private static final class BoundedBody extends HttpServletRequestWrapper {
    private final long maxBytes;

    BoundedBody(HttpServletRequest request, long maxBytes) {
      super(request);
      this.maxBytes = maxBytes;
    }

    @Override
    public ServletInputStream getInputStream() throws IOException {
      return new CountedStream(super.getInputStream(), maxBytes);
    }

    @Override
    public BufferedReader getReader() throws IOException {
      return new BufferedReader(new InputStreamReader(getInputStream(), StandardCharsets.UTF_8));
    }
  }

  private static final class CountedStream extends ServletInputStream {
    private final ServletInputStream body;
    private final long maxBytes;
    private long read;

    CountedStream(ServletInputStream body, long maxBytes) {
      this.body = body;
      this.maxBytes = maxBytes;
    }

    @Override
    public int read() throws IOException {
      int next = body.read();
      count(next < 0 ? 0 : 1);
      return next;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      int count = body.read(into, offset, length);
      count(Math.max(count, 0));
      return count;
    }

    private void count(int bytes) {
      read += bytes;
      if (read > maxBytes) {
        throw tooLarge(maxBytes);
      }
    }

    @Override
    public boolean isFinished() {
      return body.isFinished();
    }

    @Override
    public boolean isReady() {
      return body.isReady();
    }

    @Override
    public void setReadListener(ReadListener listener) {
      body.setReadListener(listener);
    }
  }
}
