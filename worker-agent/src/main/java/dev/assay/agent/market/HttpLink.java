package dev.assay.agent.market;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * HTTP to one address, by the two clients of the JDK: whole questions by the older, because the
 * newer takes twenty megabytes of an idle agent; bodies that are sent while they are made by the
 * newer, which the agent has loaded by then for its runtime.
 *
 * <p>Follows no redirection and keeps no cookies. Whoever waits on a virtual thread can be
 * interrupted.
 */
final class HttpLink implements AutoCloseable {
  /** Nothing has answered a call within {@link #connectTimeout}. */
  static final class NoConnection extends IOException {
    private static final long serialVersionUID = 1L;

    NoConnection(Duration timeout) {
      super("no connection within " + timeout.toSeconds() + " s");
    }
  }

  /** The answer is not whole, though the time for it is over. */
  static final class TooLate extends IOException {
    private static final long serialVersionUID = 1L;

    TooLate() {
      super("no answer in time");
    }
  }

  private static final class Leaving extends IOException {
    private static final long serialVersionUID = 1L;

    Leaving() {
      super("the agent is leaving");
    }
  }

  /**
   * @param path with its query, beginning with a slash
   * @param body null for none
   */
  record Question(String method, String path, Map<String, String> headers, byte @Nullable [] body) {
    Question {
      headers = Map.copyOf(headers);
    }

    /** The same with one header set. */
    Question with(String header, String value) {
      Map<String, String> all = new HashMap<>(headers);
      all.put(header, value);
      return new Question(method, path, all, body);
    }
  }

  /**
   * @param headers by lower-case name; of several of one name, the first
   */
  record Answer(int status, Map<String, String> headers, byte[] body) {
    Optional<String> header(String name) {
      return Optional.ofNullable(headers.get(name));
    }
  }

  private static final Duration HANG_UP_EVERY = Duration.ofMillis(20);

  private final URI address;
  private final Duration connectTimeout;
  private final CountDownLatch leaving = new CountDownLatch(1);
  private @Nullable HttpClient uploads;

  /**
   * @param address {@code http} or {@code https}, with a host
   */
  HttpLink(URI address, Duration connectTimeout) {
    this.address = address;
    this.connectTimeout = connectTimeout;
  }

  /**
   * One question, one whole answer. A question that a kept connection did not take is asked once
   * more on a new one: whatever a worker asks may be asked twice.
   *
   * @param largest the most bytes that a body may have
   * @param patience until the last byte of the answer
   */
  Answer exchange(Question question, int largest, Duration patience)
      throws IOException, InterruptedException {
    var connection = (HttpURLConnection) address.resolve(question.path).toURL().openConnection();
    var hungUp = new AtomicReference<@Nullable IOException>();
    Thread guard =
        Thread.ofVirtual().name("patience").start(() -> guard(connection, patience, hungUp));
    try {
      prepare(connection, question, patience);
      connect(connection);
      return answer(connection, question.body, largest);
    } catch (SocketTimeoutException e) {
      throw new TooLate();
    } catch (IOException | RuntimeException e) {
      if (Thread.interrupted()) {
        hangUp(connection);
        throw new InterruptedException();
      }
      IOException because = hungUp.get();
      if (because != null) {
        throw because;
      }
      hangUp(connection);
      throw e;
    } finally {
      guard.interrupt();
    }
  }

  /**
   * Hangs up when the time is over or the agent leaves: a side that sends a byte now and then is
   * within the time of each read, and never done. Again and again until whoever talks has noticed,
   * because the JDK's client may just then be between two connections. It is not made for two
   * threads: either may find that what it was about to use is null.
   */
  private void guard(
      HttpURLConnection connection,
      Duration patience,
      AtomicReference<@Nullable IOException> hungUp) {
    try {
      hungUp.set(
          leaving.await(patience.toNanos(), TimeUnit.NANOSECONDS) ? new Leaving() : new TooLate());
      while (true) {
        hangUp(connection);
        Thread.sleep(HANG_UP_EVERY);
      }
    } catch (InterruptedException over) {
      // It has its answer, or has noticed.
    }
  }

  private static void hangUp(HttpURLConnection connection) {
    try {
      connection.disconnect();
    } catch (NullPointerException e) {
      // Let go of while we looked.
    }
  }

  private void prepare(HttpURLConnection connection, Question question, Duration patience)
      throws IOException {
    if (leaving.getCount() == 0) {
      throw new Leaving();
    }
    connection.setInstanceFollowRedirects(false);
    connection.setUseCaches(false);
    connection.setConnectTimeout((int) Math.min(connectTimeout.toMillis(), patience.toMillis()));
    connection.setReadTimeout((int) patience.toMillis());
    connection.setRequestMethod(question.method);
    connection.setDoOutput(question.body != null);
    try {
      question.headers.forEach(connection::setRequestProperty);
    } catch (IllegalArgumentException e) {
      // A token comes from the other side; with a line break in it, it would be more than a value.
      throw (IOException) new ProtocolException("a header cannot be sent").initCause(e);
    }
  }

  private void connect(HttpURLConnection connection) throws IOException {
    try {
      connection.connect();
    } catch (SocketTimeoutException e) {
      throw new NoConnection(connectTimeout);
    }
  }

  private static Answer answer(HttpURLConnection connection, byte @Nullable [] body, int largest)
      throws IOException {
    if (body != null) {
      connection.getOutputStream().write(body);
    }
    int status = connection.getResponseCode();
    if (status < 0) {
      throw new ProtocolException("it does not speak HTTP");
    }
    return new Answer(status, headers(connection), body(connection, status, largest));
  }

  private static Map<String, String> headers(HttpURLConnection connection) {
    Map<String, String> headers = new TreeMap<>();
    for (int i = 0; connection.getHeaderField(i) != null; i++) {
      String name = connection.getHeaderFieldKey(i);
      if (name != null) {
        headers.putIfAbsent(name.toLowerCase(Locale.ROOT), connection.getHeaderField(i).strip());
      }
    }
    return headers;
  }

  private static byte[] body(HttpURLConnection connection, int status, int largest)
      throws IOException {
    InputStream stream = status >= 400 ? connection.getErrorStream() : connection.getInputStream();
    if (stream == null) {
      return new byte[0];
    }
    try (stream) {
      byte[] body = bounded(stream, largest);
      long told = connection.getContentLengthLong();
      if (told >= 0 && told != body.length && status != 204 && status != 304) {
        throw new ProtocolException("the answer ends in its middle");
      }
      return body;
    }
  }

  private static byte[] bounded(InputStream stream, int largest) throws IOException {
    byte[] body = stream.readNBytes(largest + 1);
    if (body.length > largest) {
      throw new ProtocolException("its answer is longer than " + largest + " bytes");
    }
    return body;
  }

  /**
   * One question whose body is sent while it is made, and the answer. The other side may refuse it
   * before it begins, or answer and hang up in the middle of it. Is asked once.
   *
   * @param question without a body
   * @param body read on another thread
   * @param patience until the last byte of the answer
   */
  Answer upload(Question question, InputStream body, int largest, Duration patience)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(address.resolve(question.path))
            .expectContinue(true)
            .method(question.method, BodyPublishers.ofInputStream(() -> body));
    question.headers.forEach(request::setHeader);
    // The client's own patience ends with the headers.
    CompletableFuture<HttpResponse<byte[]>> asked =
        uploads()
            .sendAsync(request.build(), BodyHandlers.limiting(BodyHandlers.ofByteArray(), largest));
    try {
      HttpResponse<byte[]> response = asked.get(patience.toNanos(), TimeUnit.NANOSECONDS);
      Map<String, String> headers = new TreeMap<>();
      response.headers().map().forEach((name, values) -> headers.put(name, values.getFirst()));
      return new Answer(response.statusCode(), headers, response.body());
    } catch (TimeoutException e) {
      throw new TooLate();
    } catch (ExecutionException e) {
      throw switch (e.getCause()) {
        case HttpConnectTimeoutException _ -> new NoConnection(connectTimeout);
        case IOException broken -> broken;
        case null, default -> new IOException(e);
      };
    } finally {
      asked.cancel(true);
    }
  }

  private synchronized HttpClient uploads() throws IOException {
    if (leaving.getCount() == 0) {
      throw new Leaving();
    }
    if (uploads == null) {
      uploads =
          HttpClient.newBuilder()
              .version(HttpClient.Version.HTTP_1_1)
              .connectTimeout(connectTimeout)
              .executor(Executors.newVirtualThreadPerTaskExecutor())
              .build();
    }
    return uploads;
  }

  /** Ends what is under way. */
  @Override
  public synchronized void close() {
    leaving.countDown();
    if (uploads != null) {
      uploads.shutdownNow();
    }
  }
}
