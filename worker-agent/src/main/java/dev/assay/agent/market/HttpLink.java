package dev.assay.agent.market;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * HTTP/1.1 to one address, over sockets that are kept as long as they are busy. The JDK's own
 * client takes twenty megabytes of an idle agent and wakes up more often than the agent does.
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

  /** A connection that was idle for longer may be one that the other side is just closing. */
  private static final Duration KEPT_IDLE = Duration.ofSeconds(4);

  private static final int KEPT_CONNECTIONS = 4;
  private static final int LARGEST_HEAD = 64 * 1024;
  private static final int MOST_INTERIM_ANSWERS = 8;
  private static final int LARGEST_CHUNK = 8 * 1024;

  /** A side that knows nothing of {@code Expect} is not waited for longer (RFC 9110, 10.1.1). */
  private static final Duration LONGEST_EXPECTATION = Duration.ofSeconds(1);

  /** Beyond what a system buffers, a send waits for a reader that may never read. */
  private static final int SENT_WITHOUT_WAIT = 64 * 1024;

  private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] ([1-9][0-9]{2})( .*)?");
  private static final Pattern FIELD = Pattern.compile("[\\t\\x20-\\x7e]*");

  private final URI address;
  private final boolean isTls;
  private final int port;
  private final Duration connectTimeout;
  private final Deque<Connection> idle = new ArrayDeque<>();
  private final Set<Connection> busy = new HashSet<>();
  private boolean isClosed;

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

  /** A socket and what was read of it beyond the last answer. */
  private record Connection(Socket socket, InputStream in, long[] idleSince) {
    void close() {
      try {
        socket.close();
      } catch (IOException gone) {
        // It was to go.
      }
    }
  }

  private record Head(int status, Map<String, String> headers) {
    boolean isInterim() {
      return status < 200;
    }
  }

  /**
   * @param address {@code http} or {@code https}, with a host
   */
  HttpLink(URI address, Duration connectTimeout) {
    this.address = address;
    this.isTls = "https".equalsIgnoreCase(address.getScheme());
    this.port = address.getPort() > 0 ? address.getPort() : isTls ? 443 : 80;
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
    byte[] request = bytes(question);
    long deadline = System.nanoTime() + patience.toNanos();
    Connection kept = takeIdle();
    if (kept != null) {
      try {
        return exchange(kept, request, largest, deadline);
      } catch (Untouched closedMeanwhile) {
        // Nothing of an answer has come: asked again below.
      }
    }
    return exchange(connect(deadline), request, largest, deadline);
  }

  /**
   * One question whose body is sent while it is made, and the answer. The other side may answer and
   * hang up in the middle of it: what it said then is the answer. Is asked once, on a connection of
   * its own.
   *
   * @param question without a body
   * @param body read on another thread, which is interrupted when there is an answer
   * @param patience until the last byte of the answer
   */
  Answer upload(Question question, InputStream body, int largest, Duration patience)
      throws IOException, InterruptedException {
    byte[] request =
        bytes(question.with("transfer-encoding", "chunked").with("expect", "100-continue"));
    long deadline = System.nanoTime() + patience.toNanos();
    Connection connection = connect(deadline);
    synchronized (this) {
      busy.add(connection);
    }
    Thread sender = Thread.ofVirtual().name("upload").unstarted(() -> sendChunks(connection, body));
    try {
      write(connection, request);
      Head head =
          speaksWithin(connection, LONGEST_EXPECTATION)
              ? nextHead(connection, deadline, true)
              : null;
      if (head == null || head.isInterim()) {
        sender.start();
        head = head(connection, deadline);
      }
      return new Answer(head.status, head.headers, body(connection, head, largest, deadline));
    } catch (IOException e) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      throw e;
    } finally {
      sender.interrupt();
      giveBack(connection, false);
    }
  }

  private static void sendChunks(Connection connection, InputStream body) {
    byte[] buffer = new byte[LARGEST_CHUNK];
    try {
      OutputStream out = connection.socket.getOutputStream();
      int got;
      while ((got = next(connection, body, buffer)) >= 0) {
        var chunk = new ByteArrayOutputStream(got + 16);
        chunk.writeBytes((Integer.toHexString(got) + "\r\n").getBytes(StandardCharsets.US_ASCII));
        chunk.write(buffer, 0, got);
        chunk.writeBytes(new byte[] {'\r', '\n'});
        out.write(chunk.toByteArray());
      }
      out.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    } catch (IOException hungUp) {
      // Whoever waits for the answer reads what was said before, or finds the end.
    }
  }

  /** A body that fails in its middle is told to the other side by a connection that breaks. */
  private static int next(Connection connection, InputStream body, byte[] buffer)
      throws IOException {
    boolean isRead = false;
    try {
      int got = body.read(buffer);
      isRead = true;
      return got;
    } finally {
      if (!isRead) {
        connection.close();
      }
    }
  }

  /** Looks whether the other side says something, and leaves it to be read. */
  private static boolean speaksWithin(Connection connection, Duration longest) throws IOException {
    connection.socket.setSoTimeout((int) longest.toMillis());
    connection.in.mark(1);
    try {
      connection.in.read();
      connection.in.reset();
      return true;
    } catch (SocketTimeoutException silent) {
      return false;
    }
  }

  /** Ends what is under way. */
  @Override
  public void close() {
    Set<Connection> all;
    synchronized (this) {
      isClosed = true;
      all = new HashSet<>(busy);
      all.addAll(idle);
      idle.clear();
    }
    all.forEach(Connection::close);
  }

  /** The other side has closed before it said anything. */
  private static final class Untouched extends EOFException {
    private static final long serialVersionUID = 1L;

    Untouched() {
      super("the other side closed the connection without an answer");
    }
  }

  private Answer exchange(Connection connection, byte[] request, int largest, long deadline)
      throws IOException, InterruptedException {
    synchronized (this) {
      busy.add(connection);
    }
    boolean isReusable = false;
    try {
      send(connection, request, deadline);
      Head head = head(connection, deadline);
      byte[] body = body(connection, head, largest, deadline);
      isReusable = isReusable(head);
      return new Answer(head.status, head.headers, body);
    } catch (IOException e) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      throw e;
    } finally {
      giveBack(connection, isReusable);
    }
  }

  private synchronized @Nullable Connection takeIdle() {
    while (true) {
      Connection next = idle.pollLast();
      if (next == null || System.nanoTime() - next.idleSince[0] < KEPT_IDLE.toNanos()) {
        return next;
      }
      next.close();
    }
  }

  private synchronized void giveBack(Connection connection, boolean isReusable) {
    busy.remove(connection);
    if (isReusable && !isClosed && idle.size() < KEPT_CONNECTIONS) {
      connection.idleSince[0] = System.nanoTime();
      idle.addLast(connection);
    } else {
      connection.close();
    }
  }

  private Connection connect(long deadline) throws IOException, InterruptedException {
    ConnectException refused = new ConnectException("no address");
    for (InetAddress candidate : InetAddress.getAllByName(address.getHost())) {
      Socket socket = new Socket();
      try {
        socket.connect(
            new InetSocketAddress(candidate, port),
            (int) Math.min(connectTimeout.toMillis(), left(deadline)));
        socket.setTcpNoDelay(true);
        Socket open = isTls ? tls(socket, deadline) : socket;
        return new Connection(open, new BufferedInputStream(open.getInputStream()), new long[1]);
      } catch (ConnectException e) {
        socket.close();
        refused = e;
      } catch (SocketTimeoutException e) {
        socket.close();
        throw new NoConnection(connectTimeout);
      } catch (IOException e) {
        socket.close();
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        throw e;
      }
    }
    throw refused;
  }

  /** Only for a certificate of this host that the JDK trusts. */
  private Socket tls(Socket plain, long deadline) throws IOException {
    plain.setSoTimeout((int) Math.min(connectTimeout.toMillis(), left(deadline)));
    var factory = (SSLSocketFactory) SSLSocketFactory.getDefault();
    var socket = (SSLSocket) factory.createSocket(plain, address.getHost(), port, true);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    socket.setSSLParameters(parameters);
    socket.startHandshake();
    return socket;
  }

  private static void send(Connection connection, byte[] request, long deadline)
      throws IOException {
    if (request.length <= SENT_WITHOUT_WAIT) {
      write(connection, request);
      return;
    }
    Thread guard =
        Thread.ofVirtual()
            .name("send-guard")
            .start(() -> {
              try {
                Thread.sleep(Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
                connection.close();
              } catch (InterruptedException sent) {
                // In time.
              }
            });
    try {
      write(connection, request);
    } catch (IOException e) {
      throw System.nanoTime() - deadline >= 0 ? new TooLate() : e;
    } finally {
      guard.interrupt();
    }
  }

  /** What a closed connection refuses to take may be told to another. */
  private static void write(Connection connection, byte[] request) throws IOException {
    try {
      connection.socket.getOutputStream().write(request);
    } catch (IOException e) {
      if (Thread.currentThread().isInterrupted() || connection.socket.isClosed()) {
        throw e;
      }
      var untouched = new Untouched();
      untouched.initCause(e);
      throw untouched;
    }
  }

  private static Head head(Connection connection, long deadline) throws IOException {
    for (int i = 0; i < MOST_INTERIM_ANSWERS; i++) {
      Head head = nextHead(connection, deadline, i == 0);
      if (!head.isInterim()) {
        return head;
      }
    }
    throw new ProtocolException("it never comes to an answer");
  }

  private static Head nextHead(Connection connection, long deadline, boolean isFirst)
      throws IOException {
    int[] room = {LARGEST_HEAD};
    String first = line(connection, room, deadline, isFirst);
    var status = STATUS.matcher(first);
    if (!status.matches()) {
      throw new ProtocolException("it does not speak HTTP");
    }
    Map<String, String> headers = new LinkedHashMap<>();
    for (String line = line(connection, room, deadline, false);
        !line.isEmpty();
        line = line(connection, room, deadline, false)) {
      int colon = line.indexOf(':');
      if (colon <= 0) {
        throw new ProtocolException("a header has no name");
      }
      headers.putIfAbsent(
          line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
    }
    return new Head(Integer.parseInt(status.group(1)), headers);
  }

  private static String line(Connection connection, int[] room, long deadline, boolean isFirst)
      throws IOException {
    StringBuilder line = new StringBuilder();
    while (true) {
      int next = read(connection, deadline, isFirst && line.isEmpty());
      if (next == '\n') {
        int end = line.length();
        return end > 0 && line.charAt(end - 1) == '\r'
            ? line.substring(0, end - 1)
            : line.toString();
      }
      if (room[0]-- == 0) {
        throw new ProtocolException("its headers are endless");
      }
      line.append((char) next);
    }
  }

  private static int read(Connection connection, long deadline, boolean isFirst)
      throws IOException {
    await(connection, deadline);
    try {
      int next = connection.in.read();
      if (next < 0) {
        throw isFirst ? new Untouched() : new EOFException("the answer ends in its middle");
      }
      return next;
    } catch (SocketTimeoutException e) {
      throw new TooLate();
    } catch (java.net.SocketException e) {
      if (isFirst && !connection.socket.isClosed()) {
        var untouched = new Untouched();
        untouched.initCause(e);
        throw untouched;
      }
      throw e;
    }
  }

  private static byte[] body(Connection connection, Head head, int largest, long deadline)
      throws IOException {
    if (head.status == 204 || head.status == 304) {
      return new byte[0];
    }
    var body = new ByteArrayOutputStream();
    String coding = head.headers.getOrDefault("transfer-encoding", "");
    String length = head.headers.get("content-length");
    if (coding.equalsIgnoreCase("chunked")) {
      chunks(connection, body, largest, deadline);
    } else if (!coding.isEmpty()) {
      throw new ProtocolException("its transfer coding is unknown");
    } else if (length != null) {
      copy(connection, body, number(length, 10), largest, deadline);
    } else {
      while (some(connection, body, Integer.MAX_VALUE, largest, deadline) > 0) {
        // Until the other side closes.
      }
    }
    return body.toByteArray();
  }

  private static void chunks(
      Connection connection, ByteArrayOutputStream body, int largest, long deadline)
      throws IOException {
    int[] room = {LARGEST_HEAD + largest}; // as many lines as there may be chunks of one byte
    while (true) {
      String size = line(connection, room, deadline, false);
      int end = size.indexOf(';');
      long bytes = number((end < 0 ? size : size.substring(0, end)).strip(), 16);
      if (bytes == 0) {
        int[] trailers = {LARGEST_HEAD};
        while (!line(connection, trailers, deadline, false).isEmpty()) {
          // Trailers say nothing that we ask for.
        }
        return;
      }
      copy(connection, body, bytes, largest, deadline);
      if (!line(connection, room, deadline, false).isEmpty()) {
        throw new ProtocolException("a chunk is longer than it says");
      }
    }
  }

  private static void copy(
      Connection connection, ByteArrayOutputStream body, long bytes, int largest, long deadline)
      throws IOException {
    long left = bytes;
    while (left > 0) {
      int got = some(connection, body, left, largest, deadline);
      if (got == 0) {
        throw new EOFException("the answer ends in its middle");
      }
      left -= got;
    }
  }

  /** Copies what is there, at most so many bytes; answers how many, 0 at the end. */
  private static int some(
      Connection connection, ByteArrayOutputStream body, long most, int largest, long deadline)
      throws IOException {
    await(connection, deadline);
    byte[] buffer = new byte[(int) Math.min(8192, most)];
    try {
      int got = connection.in.read(buffer);
      if (got > largest - body.size()) {
        throw new ProtocolException("its answer is longer than " + largest + " bytes");
      }
      body.write(buffer, 0, Math.max(got, 0));
      return Math.max(got, 0);
    } catch (SocketTimeoutException e) {
      throw new TooLate();
    }
  }

  private static void await(Connection connection, long deadline) throws IOException {
    if (connection.in.available() == 0) {
      connection.socket.setSoTimeout((int) left(deadline));
    }
  }

  /** At least one millisecond: zero would mean for ever. */
  private static long left(long deadline) throws TooLate {
    long nanos = deadline - System.nanoTime();
    if (nanos <= 0) {
      throw new TooLate();
    }
    return Math.clamp(nanos / 1_000_000, 1, Integer.MAX_VALUE);
  }

  private static long number(String digits, int radix) throws ProtocolException {
    try {
      long number = Long.parseLong(digits, radix);
      if (number >= 0 && !digits.startsWith("+")) {
        return number;
      }
    } catch (NumberFormatException malformed) {
      // Told below.
    }
    throw new ProtocolException("it tells no length that can be understood");
  }

  private static boolean isReusable(Head head) {
    boolean isFramed =
        head.status == 204
            || head.status == 304
            || head.headers.containsKey("transfer-encoding")
            || head.headers.containsKey("content-length");
    return isFramed && !head.headers.getOrDefault("connection", "").equalsIgnoreCase("close");
  }

  private byte[] bytes(Question question) throws ProtocolException {
    byte[] body = question.body;
    StringBuilder head = new StringBuilder();
    head.append(question.method).append(' ').append(question.path).append(" HTTP/1.1\r\n");
    head.append("host: ").append(host()).append("\r\n");
    for (Map.Entry<String, String> header : question.headers.entrySet()) {
      // A token comes from the other side; with a line break in it, it would be more than a value.
      if (!FIELD.matcher(header.getValue()).matches()) {
        throw new ProtocolException("the value of " + header.getKey() + " cannot be sent");
      }
      head.append(header.getKey()).append(": ").append(header.getValue()).append("\r\n");
    }
    if (body != null) {
      head.append("content-length: ").append(body.length).append("\r\n");
    }
    byte[] first = head.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII);
    if (body == null) {
      return first;
    }
    byte[] all = java.util.Arrays.copyOf(first, first.length + body.length);
    System.arraycopy(body, 0, all, first.length, body.length);
    return all;
  }

  private String host() {
    boolean isUsual = port == (isTls ? 443 : 80);
    return isUsual ? address.getHost() : address.getHost() + ":" + port;
  }
}
