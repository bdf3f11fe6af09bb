package dev.assay.marketplace.platform;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServer;

/** Tomcat with our buffers, and whatever a caller may send through them. */
class SmallBuffersModuleTests {
  private static final String TEXT = "ein Wort, zwei Wörter, drei 語, vier 🙂; ".repeat(1_000);

  private final AtomicInteger bytes = new AtomicInteger();
  private final AtomicInteger characters = new AtomicInteger();
  private final WebServer server = server();

  @BeforeEach
  void start() {
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop();
  }

  @Test
  void a_request_holds_little() throws Exception {
    assertThat(echoOf("/bytes", "a")).isEqualTo("a");
    assertThat(bytes).hasValue(256);
    assertThat(characters).hasValue(64);
  }

  @Test
  void bodies_far_above_the_buffers_arrive_and_leave_whole() throws Exception {
    assertThat(echoOf("/bytes", TEXT)).isEqualTo(TEXT);
    assertThat(echoOf("/text", TEXT)).isEqualTo(TEXT);
    assertThat(echoOf("/text", "a")).isEqualTo("a");
  }

  private String echoOf(String path, String body) throws Exception {
    try (var client = HttpClient.newHttpClient()) {
      var request =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.getPort() + path))
              .POST(HttpRequest.BodyPublishers.ofString(body))
              .build();
      return client.send(request, HttpResponse.BodyHandlers.ofString()).body();
    }
  }

  private WebServer server() {
    var tomcat = new TomcatServletWebServerFactory(0);
    tomcat.setAddress(InetAddress.getLoopbackAddress());
    new SmallBuffers().customize(tomcat);
    tomcat.addContextValves(new Look());
    return tomcat.getWebServer(context -> {
      context.addServlet("bytes", new Bytes()).addMapping("/bytes");
      context.addServlet("text", new Text()).addMapping("/text");
    });
  }

  private final class Look extends ValveBase {
    @Override
    public void invoke(Request request, Response response)
        throws IOException, jakarta.servlet.ServletException {
      bytes.set(response.getBufferSize());
      characters.set(SmallBuffers.NoCharacters.charactersOf(request));
      getNext().invoke(request, response);
    }
  }

  private static final class Bytes extends HttpServlet {
    @Override
    protected void doPost(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      response.setContentType("text/plain;charset=UTF-8");
      request.getInputStream().transferTo(response.getOutputStream());
    }
  }

  private static final class Text extends HttpServlet {
    @Override
    protected void doPost(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      request.setCharacterEncoding("UTF-8");
      response.setContentType("text/plain;charset=UTF-8");
      request.getReader().transferTo(response.getWriter());
    }
  }
}
