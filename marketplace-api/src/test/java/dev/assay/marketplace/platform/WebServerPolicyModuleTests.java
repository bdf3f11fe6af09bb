package dev.assay.marketplace.platform;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.jetty.servlet.JettyServletWebServerFactory;
import org.springframework.boot.web.server.WebServer;

/** The server as we set it up, and callers that hang up or go on while they are answered. */
@Timeout(60)
class WebServerPolicyModuleTests {
  private static final Duration SILENCE = Duration.ofSeconds(1);

  private final LinkedBlockingQueue<Boolean> looks = new LinkedBlockingQueue<>();
  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch happened = new CountDownLatch(1);
  private final WebServer server = server();

  @BeforeEach
  void start() {
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop();
    server.destroy();
  }

  @Test
  void who_waits_has_not_hung_up() throws Exception {
    try (var caller = call()) {
      send(caller, "first");
      asked.await();
      happened.countDown();

      assertThat(answer(caller)).isEqualTo("first");
      assertThat(looks).containsExactly(false, false);
    }
  }

  @Test
  void who_closes_its_connection_has_hung_up() throws Exception {
    try (var caller = call()) {
      send(caller, "first");
      asked.await();
    }
    happened.countDown();

    assertThat(looks.poll(10, TimeUnit.SECONDS)).isFalse();
    assertThat(looks.poll(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void who_sends_its_next_request_meanwhile_has_not_and_is_answered_both() throws Exception {
    try (var caller = call()) {
      send(caller, "first");
      asked.await();
      send(caller, "second");
      send(caller, "third");
      happened.countDown();

      assertThat(answer(caller)).isEqualTo("first");
      assertThat(answer(caller)).isEqualTo("second");
      assertThat(answer(caller)).isEqualTo("third");
      assertThat(looks).containsOnly(false);
    }
  }

  @Test
  void what_came_of_a_next_request_before_it_hung_up_hides_it() throws Exception {
    try (var caller = call()) {
      send(caller, "first");
      asked.await();
      caller.getOutputStream().write('P');
    }
    happened.countDown();

    assertThat(looks.poll(10, TimeUnit.SECONDS)).isFalse();
    assertThat(looks.poll(10, TimeUnit.SECONDS)).isFalse();
  }

  @Test
  void an_answer_may_take_longer_than_anybody_may_be_silent() throws Exception {
    try (var caller = call()) {
      send(caller, "first");
      asked.await();
      Thread.sleep(SILENCE.multipliedBy(4));
      happened.countDown();

      assertThat(answer(caller)).isEqualTo("first");
    }
  }

  @Test
  void who_falls_silent_in_the_middle_of_a_request_is_let_go() throws Exception {
    try (var caller = call()) {
      caller.setSoTimeout(10_000);
      caller
          .getOutputStream()
          .write(
              "POST /look HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf"
                  .getBytes(ISO_8859_1));

      assertThat(caller.getInputStream().readAllBytes()).asString().contains("Connection: close");
      assertThat(asked.getCount()).isOne();
    }
  }

  @Test
  void any_number_may_wait_and_the_next_is_still_heard() throws Exception {
    List<Socket> waiting = new ArrayList<>();
    try {
      for (int i = 0; i < 400; i++) {
        Socket caller = call();
        waiting.add(caller);
        send(caller, "first");
      }
      for (int i = 0; i < 400; i++) {
        assertThat(looks.poll(10, TimeUnit.SECONDS)).isFalse();
      }
      try (var next = call()) {
        send(next, "next");

        assertThat(looks.poll(10, TimeUnit.SECONDS)).isFalse();
        happened.countDown();
        assertThat(answer(next)).isEqualTo("next");
      }
    } finally {
      happened.countDown();
      for (Socket caller : waiting) {
        caller.close();
      }
    }
  }

  private Socket call() throws IOException {
    return new Socket(InetAddress.getLoopbackAddress(), server.getPort());
  }

  private static void send(Socket caller, String body) throws IOException {
    caller
        .getOutputStream()
        .write(
            "POST /look HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s"
                .formatted(body.length(), body)
                .getBytes(ISO_8859_1));
  }

  private static String answer(Socket caller) throws IOException {
    var in = caller.getInputStream();
    var head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      head.append((char) in.read());
    }
    String length = head.substring(head.toString().toLowerCase().indexOf("content-length: ") + 16);
    return new String(
        in.readNBytes(Integer.parseInt(length.substring(0, length.indexOf('\r')))), ISO_8859_1);
  }

  private WebServer server() {
    var jetty = new JettyServletWebServerFactory(0);
    jetty.setAddress(InetAddress.getLoopbackAddress());
    new WebServerPolicy(SILENCE).customize(jetty);
    return jetty.getWebServer(
        context -> context.addServlet("look", new Look()).addMapping("/look"));
  }

  /** Looks once at once, and again when the test has done what it does. */
  private final class Look extends HttpServlet {
    @Override
    protected void doPost(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      byte[] body = request.getInputStream().readAllBytes();
      looks.add(HangUp.hasHappened(request));
      asked.countDown();
      try {
        happened.await();
        TimeUnit.MILLISECONDS.sleep(100); // what was sent is to have come
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
      looks.add(HangUp.hasHappened(request));
      response.setContentLength(body.length);
      response.getOutputStream().write(body);
    }
  }
}
