package dev.assay.marketplace;

import dev.assay.protocol.wire.AttemptRef;
import dev.assay.protocol.wire.OutputPiece;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import tools.jackson.databind.json.JsonMapper;

/** A worker's stream of one attempt, chunk by chunk on a socket of its own. */
final class TestStream implements AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.shared();

  private final Socket socket;
  private long offset;

  TestStream(int port, String token, AttemptRef attempt) {
    try {
      socket = new Socket(InetAddress.getLoopbackAddress(), port);
      socket.setTcpNoDelay(true);
      write(
          """
          POST /worker/v1/attempts/%s/%d/stream HTTP/1.1
          host: 127.0.0.1
          authorization: Bearer %s
          content-type: application/x-ndjson
          expect: 100-continue
          transfer-encoding: chunked

          """
              .formatted(attempt.jobId(), attempt.attempt(), token)
              .replace("\n", "\r\n"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  TestStream says(String text) {
    line(JSON.writeValueAsString(new OutputPiece(offset, text)));
    offset += text.getBytes(StandardCharsets.UTF_8).length;
    return this;
  }

  /** From another place than where it is. */
  TestStream saysAt(long at, String text) {
    line(JSON.writeValueAsString(new OutputPiece(at, text)));
    return this;
  }

  /** It lives, and has nothing to say. */
  TestStream lives() {
    line("");
    return this;
  }

  void line(String line) {
    byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
    write("%x\r\n".formatted(bytes.length) + line + "\n\r\n");
  }

  /** Ends it, and returns what the market answers. */
  String ends() {
    write("0\r\n\r\n");
    return answer();
  }

  /** The final answer; waits for it. Interim ones are passed over. */
  String answer() {
    try {
      socket.setSoTimeout(20_000);
      InputStream in = socket.getInputStream();
      var text = new StringBuilder();
      for (int b = in.read(); b >= 0; b = in.read()) {
        text.append((char) b);
        if (text.toString().equals("HTTP/1.1 100 \r\n\r\n")) {
          text.setLength(0);
        }
        if (b == '}' && isWhole(text.toString())) {
          break;
        }
      }
      return text.toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isWhole(String answer) {
    int body = answer.indexOf("\r\n\r\n");
    return body > 0
        && answer.chars().skip(body).filter(c -> c == '{').count()
            == answer.chars().skip(body).filter(c -> c == '}').count();
  }

  /** Whether the market has hung up. */
  boolean isClosedByMarket() {
    try {
      socket.setSoTimeout(20_000);
      InputStream in = socket.getInputStream();
      while (in.read() >= 0) {
        // what is left of the answer
      }
      return true;
    } catch (SocketTimeoutException stillOpen) {
      return false;
    } catch (IOException reset) {
      return true;
    }
  }

  private void write(String text) {
    try {
      socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
      socket.getOutputStream().flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** As a worker that dies. */
  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
