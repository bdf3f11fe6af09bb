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

/** Sends bytes that no HTTP client would send, and reads one answer. */
final class RawHttp {
  /**
   * @param headers by lower-case name
   * @param body without the chunked framing
   */
  record Answer(int status, Map<String, String> headers, String body) {
    String header(String name) {
      return headers.getOrDefault(name, "");
    }
  }

  private RawHttp() {}

  static Answer send(int port, byte[] request) throws IOException {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(15_000);
      try {
        socket.getOutputStream().write(request);
        socket.getOutputStream().flush();
      } catch (SocketException e) {
        // It need not read to the end what it refuses; the answer may be there all the same.
      }
      return parse(readUntilClosed(socket));
    }
  }

  private static byte[] readUntilClosed(Socket socket) throws IOException {
    var read = new ByteArrayOutputStream();
    byte[] buffer = new byte[8192];
    try {
      for (int count; (count = socket.getInputStream().read(buffer)) >= 0; ) {
        read.write(buffer, 0, count);
        if (read.toString(StandardCharsets.UTF_8).endsWith("\r\n0\r\n\r\n")) {
          break; // the last chunk; it may wait for the rest of a body that will never come
        }
      }
    } catch (SocketException e) {
      // Closed with our bytes unread: what came before stands.
    }
    return read.toByteArray();
  }

  private static Answer parse(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.UTF_8);
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
    return new Answer(Integer.parseInt(head[0].substring(9, 12)), headers, body);
  }

  private static String unchunked(String framed) {
    var body = new StringBuilder();
    int at = 0;
    while (true) {
      int lineEnd = framed.indexOf("\r\n", at);
      int size = Integer.parseInt(framed.substring(at, lineEnd), 16);
      if (size == 0) {
        return body.toString();
      }
      body.append(framed, lineEnd + 2, lineEnd + 2 + size); // ASCII: a char is a byte
      at = lineEnd + 2 + size + 2;
    }
  }
}
