package dev.assay.marketplace;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A requester that follows a job, by HTTP/1.0: no frames of chunks between the lines. */
final class TestFeed implements AutoCloseable {
  private final Socket socket;
  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
  private final StringBuilder text = new StringBuilder();

  record Event(String name, JsonNode data, long nanos) {}

  /**
   * @param isReading false for one that asks and never looks
   */
  TestFeed(int port, String token, String job, boolean isReading) {
    try {
      socket = new Socket();
      if (!isReading) {
        socket.setReceiveBufferSize(4096); // or the kernel would read for it
      }
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      socket
          .getOutputStream()
          .write(
              """
              GET /api/jobs/%s/events HTTP/1.0
              host: 127.0.0.1
              authorization: Bearer %s

              """
                  .formatted(job, token)
                  .replace("\n", "\r\n")
                  .getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (isReading) {
      Thread.ofVirtual().start(this::read);
    }
  }

  TestFeed(int port, String token, String job) {
    this(port, token, job, true);
  }

  private void read() {
    try (var lines =
        new BufferedReader(
            new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))) {
      String name = "";
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("event: ")) {
          name = line.substring(7);
        } else if (line.startsWith("data: ")) {
          events.add(
              new Event(name, JsonMapper.shared().readTree(line.substring(6)), System.nanoTime()));
        }
      }
    } catch (IOException closed) {
      // by the test
    }
  }

  @Nullable Event poll(long seconds) throws InterruptedException {
    return events.poll(seconds, TimeUnit.SECONDS);
  }

  /** The next event, which must be of this name. */
  Event next(String name) throws InterruptedException {
    Event event = poll(25);
    if (event == null || !event.name().equals(name)) {
      throw new AssertionError("not " + name + " but " + event + ", after: " + text);
    }
    return event;
  }

  /** Pieces until they make a text of so many bytes; each must follow the one before. */
  String hears(int attempt, int bytes) throws InterruptedException {
    text.setLength(0);
    int heard = 0;
    while (heard < bytes) {
      JsonNode piece = next("piece").data();
      if (piece.path("attempt").asInt() != attempt || piece.path("offset").asInt() != heard) {
        throw new AssertionError("after %d bytes: %s".formatted(heard, piece));
      }
      text.append(piece.path("text").stringValue());
      heard = text.toString().getBytes(StandardCharsets.UTF_8).length;
    }
    return text.toString();
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
