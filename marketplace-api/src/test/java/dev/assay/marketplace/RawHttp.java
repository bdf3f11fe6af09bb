package dev.assay.marketplace;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sends bytes that no HTTP client would send, and reads one answer. */
public final class RawHttp {
  private static final Pattern LENGTH = Pattern.compile("(?i)\r\ncontent-length: *([0-9]+)");

  /**
   * @param headers by lower-case name
   * @param body without the chunked framing
   */
  public record Answer(int status, Map<String, String> headers, String body) {
    public String header(String name) {
      return headers.getOrDefault(name, "");
    }
  }

  private RawHttp() {}

  public static Answer send(int port, byte[] request) throws IOException {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(15_000);
      try {
        socket.getOutputStream().write(request);
        socket.getOutputStream().flush();
      } catch (SocketException e) {
        // It need not read to the end what it refuses; the answer may be there all the same.
      }
      return read(socket);
    }
  }

  /** One answer, if no other comes before it is read. */
  public static Answer read(Socket socket) throws IOException {
    return parse(readUntilClosed(socket));
  }

  private static byte[] readUntilClosed(Socket socket) throws IOException {
    var read = new ByteArrayOutputStream();
    byte[] buffer = new byte[8192];
    try {
      for (int count; (count = socket.getInputStream().read(buffer)) >= 0; ) {
        read.write(buffer, 0, count);
        if (isWhole(read.toString(StandardCharsets.ISO_8859_1))) {
          break;
        }
      }
    } catch (SocketException e) {
      // Closed with our bytes unread: what came before stands.
    }
    return read.toByteArray();
  }

  /**
   * Whether all is there: it may wait for the rest of a body that will never come. Of a stream of
   * events the first will do: it may go on for minutes.
   */
  private static boolean isWhole(String read) {
    return read.endsWith("\r\n0\r\n\r\n")
        || isAsLongAsItSays(read)
        || (read.toLowerCase(Locale.ROOT).contains("\r\ncontent-type: text/event-stream")
            && read.endsWith("\n\n\r\n"));
  }

  private static boolean isAsLongAsItSays(String read) {
    int end = read.indexOf("\r\n\r\n");
    Matcher length = LENGTH.matcher(end < 0 ? "" : read.substring(0, end));
    return length.find() && read.length() - end - 4 >= Integer.parseInt(length.group(1));
  }

  private static Answer parse(byte[] bytes) {
    // A char is a byte until the framing is off.
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    int end = text.indexOf("\r\n\r\n");
    if (!text.startsWith("HTTP/1.1 ") || end < 0) {
      throw new AssertionError("Not an HTTP answer: '%s'".formatted(text));
    }
    String[] head = text.substring(0, end).split("\r\n", -1);
    Map<String, String> headers = new HashMap<>();
    for (int i = 1; i < head.length; i++) {
      int colon = head[i].indexOf(':');
      headers.put(
          head[i].substring(0, colon).toLowerCase(Locale.ROOT),
          head[i].substring(colon + 1).trim());
    }
    String body = text.substring(end + 4);
    if ("chunked".equals(headers.get("transfer-encoding"))) {
      body = unchunked(body);
    }
    return new Answer(
        Integer.parseInt(head[0].substring(9, 12)),
        headers,
        new String(body.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8));
  }

  private static String unchunked(String framed) {
    var body = new StringBuilder();
    int at = 0;
    while (true) {
      int lineEnd = framed.indexOf("\r\n", at);
      if (lineEnd < 0) {
        return body.toString(); // a stream that was not read to its end
      }
      int size = Integer.parseInt(framed.substring(at, lineEnd), 16);
      if (size == 0) {
        return body.toString();
      }
      body.append(framed, lineEnd + 2, lineEnd + 2 + size);
      at = lineEnd + 2 + size + 2;
    }
  }
}
