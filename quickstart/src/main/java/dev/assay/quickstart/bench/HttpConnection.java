package dev.assay.quickstart.bench;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
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
    String head =
        "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: application/json\r\n"
                .formatted(method, path, port)
            + (token.isEmpty() ? "" : "Authorization: Bearer " + token + "\r\n")
            + "Content-Length: "
            + body.length
            + "\r\n\r\n";
    byte[] headBytes = head.getBytes(StandardCharsets.US_ASCII);
    byte[] question = new byte[headBytes.length + body.length];
    System.arraycopy(headBytes, 0, question, 0, headBytes.length);
    System.arraycopy(body, 0, question, headBytes.length, body.length);
    boolean isAnswered = false;
    try {
      InputStream from = open();
      socket().getOutputStream().write(question);
      Answer answer = read(from);
      isAnswered = true;
      return answer;
    } finally {
      if (!isAnswered) {
        close();
      }
    }
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

  private Answer read(InputStream from) throws IOException {
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
    byte[] body = isChunked ? chunks(from) : exactly(from, length);
    if (isLast) {
      close();
    }
    return new Answer(Integer.parseInt(status.substring(9, 12)), body);
  }

  private static byte[] chunks(InputStream from) throws IOException {
    var body = new java.io.ByteArrayOutputStream();
    while (true) {
      int size = Integer.parseInt(line(from), 16);
      body.write(exactly(from, size));
      line(from);
      if (size == 0) {
        return body.toByteArray();
      }
      if (body.size() > LARGEST_BODY) {
        throw new IOException("the answer has no end");
      }
    }
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
