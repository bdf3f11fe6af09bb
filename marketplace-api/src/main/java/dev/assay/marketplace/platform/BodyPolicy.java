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
import java.util.concurrent.Semaphore;
import java.util.regex.Pattern;
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
  private static final String FILES = "/v1/files";
  private static final String ATTEMPTS = "/worker/v1/attempts/";
  private static final int MOST_PASSED_OVER = 512 * 1024;
  private static final Pattern STREAM = Pattern.compile(ATTEMPTS + "[^/]*/[^/]*/stream");

  private final InputSettings settings;
  private final Semaphore large;
  private final HandlerExceptionResolver handlerExceptionResolver;

  BodyPolicy(InputSettings settings, HandlerExceptionResolver handlerExceptionResolver) {
    this.settings = settings;
    this.large = new Semaphore(settings.largeAtOnce());
    this.handlerExceptionResolver = handlerExceptionResolver;
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    Bounds bounds = bounds(request.getRequestURI());
    try {
      check(request, bounds.maxBytes);
      TextPolicy.checkParameters(request);
    } catch (Problem problem) {
      handlerExceptionResolver.resolveException(request, response, null, problem);
      passOver(request);
      return;
    }
    try (bounds) {
      chain.doFilter(new BoundedBody(request, bounds), response);
    }
    passOver(request);
  }

  /**
   * What nobody has read of a body, for the caller's next request comes behind it: the answer may
   * be there before the body is, and the server would close the connection without having said so.
   */
  private static void passOver(HttpServletRequest request) throws IOException {
    if (request.isAsyncStarted()
        || !hasBody(request)
        || request.getHeader(HttpHeaders.EXPECT) != null) { // it may never come
      return;
    }
    ServletInputStream body = request.getInputStream();
    if (body.isFinished()) {
      return;
    }
    byte[] piece = new byte[8_192];
    try {
      for (int left = MOST_PASSED_OVER; left > 0; ) {
        int read = body.read(piece, 0, Math.min(left, piece.length));
        if (read < 0) {
          return;
        }
        left -= read;
      }
    } catch (IOException e) {
      // Who sends no more of it is hung up on, like one who sends too much.
    }
  }

  private Bounds bounds(String path) {
    if (path.equals("/worker/v1/results")) {
      return new Bounds(settings.maxResults().toBytes(), settings.maxBody().toBytes(), large);
    }
    if (path.equals(FILES)) { // parsed by the container, which keeps what is large on disk
      return new Bounds(settings.maxFile().toBytes(), settings.maxFile().toBytes(), large);
    }
    long most =
        path.startsWith(ATTEMPTS) && STREAM.matcher(path).matches()
            ? settings.maxStream().toBytes()
            : settings.maxBody().toBytes();
    return new Bounds(most, most, large); // a stream is read line by line
  }

  /** How much of one body may be read, and held. */
  private static final class Bounds implements AutoCloseable {
    private final long maxBytes;
    private final long small;
    private final Semaphore large;
    private long read;
    private boolean isLarge;

    Bounds(long maxBytes, long small, Semaphore large) {
      this.maxBytes = maxBytes;
      this.small = small;
      this.large = large;
    }

    void count(int bytes) {
      read += bytes;
      if (read > maxBytes) {
        throw tooLarge(maxBytes);
      }
      if (read > small && !isLarge) {
        isLarge = large.tryAcquire();
        if (!isLarge) {
          throw new Problem(
              ProblemType.UNAVAILABLE, "Too many large bodies are being read. Try again soon.");
        }
      }
    }

    @Override
    public void close() {
      if (isLarge) {
        large.release();
      }
    }
  }

  private static void check(HttpServletRequest request, long maxBytes) {
    if (request.getContentLengthLong() > maxBytes) {
      throw tooLarge(maxBytes);
    }
    String encoding = request.getHeader(HttpHeaders.CONTENT_ENCODING);
    if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
      throw new Problem(
          ProblemType.UNSUPPORTED_MEDIA_TYPE, "Compressed bodies are not taken. Send it plain.");
    }
    String type = request.getHeader(HttpHeaders.CONTENT_TYPE);
    if (type != null && !type.equals(MediaType.APPLICATION_JSON_VALUE) && !type.isBlank()) {
      check(mediaType(type), request);
    }
  }

  private static void check(MediaType type, HttpServletRequest request) {
    if (type.getCharset() != null && !type.getCharset().equals(StandardCharsets.UTF_8)) {
      throw new Problem(ProblemType.UNSUPPORTED_MEDIA_TYPE, "Send the body in UTF-8.");
    }
    // A form would be read by the container, as parameters, by whoever asks for one of these first.
    boolean isMultipart = type.getType().equalsIgnoreCase("multipart");
    if (hasBody(request)
        && (FORM.isCompatibleWith(type) || isMultipart && !request.getRequestURI().equals(FILES))) {
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
    private final Bounds bounds;

    BoundedBody(HttpServletRequest request, Bounds bounds) {
      super(request);
      this.bounds = bounds;
    }

    @Override
    public ServletInputStream getInputStream() throws IOException {
      return new CountedStream(super.getInputStream(), bounds);
    }

    @Override
    public BufferedReader getReader() throws IOException {
      return new BufferedReader(new InputStreamReader(getInputStream(), StandardCharsets.UTF_8));
    }
  }

  private static final class CountedStream extends ServletInputStream {
    private final ServletInputStream body;
    private final Bounds bounds;

    CountedStream(ServletInputStream body, Bounds bounds) {
      this.body = body;
      this.bounds = bounds;
    }

    @Override
    public int read() throws IOException {
      int next = body.read();
      bounds.count(next < 0 ? 0 : 1);
      return next;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      int count = body.read(into, offset, length);
      bounds.count(Math.max(count, 0));
      return count;
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
