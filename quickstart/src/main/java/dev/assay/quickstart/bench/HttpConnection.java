package dev.assay.quickstart.bench;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One kept connection of HTTP/1.1 to this machine, one question at a time, on the caller's thread.
 * It costs a tenth of a general client, so that what is measured is the other side; and ten
 * thousand of them fit into one process. Opened when it is needed, also after it broke.
 */
public final class HttpConnection implements AutoCloseable {
  private static final int LARGEST_LINE = 8 << 10;
  private static final int LARGEST_BODY = 64 << 20;
  private static final int CONNECT_MILLIS = 5_000;

  private final int port;
  private final int readMillis;
  private @Nullable Socket socket;
  private @Nullable InputStream in;

  /**
   * @param patience for each read; longer than the longest wait that is asked for
   */
  public HttpConnection(int port, Duration patience) {
    this.port = port;
    this.readMillis = (int) patience.toMillis();
  }

  /** What came back. */
  @SuppressWarnings("ArrayRecordComponent") // read once
  public record Answer(int status, byte[] body) {
    public String text() {
      return new String(body, StandardCharsets.UTF_8);
    }

    boolean isOk() {
      return status / 100 == 2;
    }
  }

  /**
   * @param token empty for none
   * @throws IOException if there was no whole answer; whether the question was heard is not known
   */
  public Answer send(String method, String path, String token, byte[] body) throws IOException {
    return send(method, path, token, Map.of(), body);
  }

  Answer send(String method, String path, String token, Map<String, String> headers, byte[] body)
      throws IOException {
    boolean isAnswered = false;
    try {
      InputStream from = ask(method, path, token, headers, body);
      Answer answer = read(from);
      isAnswered = true;
      return answer;
    } finally {
      if (!isAnswered) {
        close();
      }
    }
  }

  private InputStream ask(
      String method, String path, String token, Map<String, String> headers, byte[] body)
      throws IOException {
    byte[] head =
        head(method, path, token, headers, "application/json", "Content-Length: " + body.length);
    byte[] question = new byte[head.length + body.length];
    System.arraycopy(head, 0, question, 0, head.length);
    System.arraycopy(body, 0, question, head.length, body.length);
    InputStream from = open();
    socket().getOutputStream().write(question);
    return from;
  }

  private byte[] head(
      String method,
      String path,
      String token,
      Map<String, String> headers,
      String type,
      String length) {
    var head = new StringBuilder(256);
    head.append("%s %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n".formatted(method, path, port));
    head.append("Content-Type: %s\r\n%s\r\n".formatted(type, length));
    if (!token.isEmpty()) {
      head.append("Authorization: Bearer ").append(token).append("\r\n");
    }
    headers.forEach((name, value) -> head.append("%s: %s\r\n".formatted(name, value)));
    return head.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII);
  }

  /** Takes the lines of an answer as they come. */
  interface Listener {
    void on(String line) throws IOException;
  }

  /**
   * @throws IOException also if the answer is none of 200 in chunks
   */
  void hear(String path, String token, Map<String, String> headers, byte[] body, Listener listener)
      throws IOException {
    boolean isHeard = false;
    try {
      InputStream from = ask("POST", path, token, headers, body);
      Head head = readHead(from);
      if (head.status() != 200 || !head.isChunked()) {
        throw new IOException(
            "POST %s was answered %d %s"
                .formatted(
                    path, head.status(), new String(body(head, from), StandardCharsets.UTF_8)));
      }
      var line = new ByteArrayOutputStream();
      for (byte[] chunk = chunk(from); chunk.length > 0; chunk = chunk(from)) {
        for (byte next : chunk) {
          if (next != '\n') {
            line.write(next);
          } else {
            listener.on(line.toString(StandardCharsets.UTF_8));
            line.reset();
          }
        }
      }
      isHeard = !head.isLast();
    } finally {
      if (!isHeard) {
        close();
      }
    }
  }

  /** A question that is said bit by bit, and answered at its end. */
  final class Saying {
    void say(String text) throws IOException {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      byte[] size = "%x\r\n".formatted(bytes.length).getBytes(StandardCharsets.US_ASCII);
      byte[] chunk = new byte[size.length + bytes.length + 2];
      System.arraycopy(size, 0, chunk, 0, size.length);
      System.arraycopy(bytes, 0, chunk, size.length, bytes.length);
      chunk[chunk.length - 2] = '\r';
      chunk[chunk.length - 1] = '\n';
      socket().getOutputStream().write(chunk);
    }

    Answer end() throws IOException {
      socket().getOutputStream().write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      return read(open());
    }
  }

  Saying begin(String path, String token, String type) throws IOException {
    open();
    socket()
        .getOutputStream()
        .write(head("POST", path, token, Map.of(), type, "Transfer-Encoding: chunked"));
    return new Saying();
  }

  private InputStream open() throws IOException {
    if (in != null) {
      return in;
    }
    var opened = new Socket();
    socket = opened;
    opened.setTcpNoDelay(true);
    opened.setSoTimeout(readMillis);
    opened.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), CONNECT_MILLIS);
    InputStream from = new BufferedInputStream(opened.getInputStream(), 4 << 10);
    in = from;
    return from;
  }

  private Socket socket() throws IOException {
    if (socket == null) {
      throw new IOException("closed");
    }
    return socket;
  }

  /**
   * @param isLast whether the connection is closed after it
   */
  private record Head(int status, int length, boolean isChunked, boolean isLast) {}

  private Answer read(InputStream from) throws IOException {
    Head head = readHead(from);
    byte[] body = body(head, from);
    if (head.isLast()) {
      close();
    }
    return new Answer(head.status(), body);
  }

  private static byte[] body(Head head, InputStream from) throws IOException {
    return head.isChunked() ? chunks(from) : exactly(from, head.length());
  }

  private static Head readHead(InputStream from) throws IOException {
    String status = line(from);
    if (!status.startsWith("HTTP/1.1 ") || status.length() < 12) {
      throw new IOException("not HTTP: " + status);
    }
    int length = 0;
    boolean isChunked = false;
    boolean isLast = false;
    for (String line = line(from); !line.isEmpty(); line = line(from)) {
      String lower = line.toLowerCase(Locale.ROOT);
      if (lower.startsWith("content-length:")) {
        length = Integer.parseInt(lower.substring(15).strip());
      } else if (lower.startsWith("transfer-encoding:")) {
        isChunked = lower.endsWith("chunked");
      } else if (lower.startsWith("connection:")) {
        isLast = lower.endsWith("close");
      }
    }
    return new Head(Integer.parseInt(status.substring(9, 12)), length, isChunked, isLast);
  }

  private static byte[] chunks(InputStream from) throws IOException {
    var body = new ByteArrayOutputStream();
    while (true) {
      byte[] chunk = chunk(from);
      body.write(chunk);
      if (chunk.length == 0) {
        return body.toByteArray();
      }
      if (body.size() > LARGEST_BODY) {
        throw new IOException("the answer has no end");
      }
    }
  }

  private static byte[] chunk(InputStream from) throws IOException {
    byte[] chunk = exactly(from, Integer.parseInt(line(from), 16));
    line(from);
    return chunk;
  }

  private static byte[] exactly(InputStream from, int length) throws IOException {
    if (length < 0 || length > LARGEST_BODY) {
      throw new IOException("an answer of %d bytes".formatted(length));
    }
    byte[] body = from.readNBytes(length);
    if (body.length < length) {
      throw new EOFException("the answer was cut");
    }
    return body;
  }

  private static String line(InputStream from) throws IOException {
    var line = new StringBuilder(64);
    for (int next = from.read(); next != '\n'; next = from.read()) {
      if (next < 0) {
        throw new EOFException("the other side closed");
      }
      if (next != '\r') {
        line.append((char) next);
      }
      if (line.length() > LARGEST_LINE) {
        throw new IOException("a line without end");
      }
    }
    return line.toString();
  }

  /** The next question opens it again. */
  @Override
  public void close() {
    Socket open = socket;
    socket = null;
    in = null;
    if (open != null) {
      try {
        open.close();
      } catch (IOException e) {
        in = null; // it is of no use to anybody any more
      }
    }
  }
}
