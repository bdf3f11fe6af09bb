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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.jetty.servlet.JettyServletWebServerFactory;
import org.springframework.boot.web.server.WebServer;

/** Who is taken for the caller when proxies stand between; each call here comes from loopback. */
class ProxiedCallerModuleTests {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "X-Forwarded-For: 203.0.113.9 | 203.0.113.9 false",
        "X-Forwarded-For: 192.0.2.1, 203.0.113.9, 10.1.2.3 | 203.0.113.9 false",
        "X-Forwarded-For: 192.0.2.1 & X-Forwarded-For: 203.0.113.9 | 203.0.113.9 false",
        "X-Forwarded-For: 10.9.9.9, 10.1.2.3 | 10.9.9.9 false",
        "X-Forwarded-For: 192.0.2.1, somebody | unknown false",
        "X-Forwarded-For: 2001:db8::7 | [2001:db8:0:0:0:0:0:7] false",
        "X-Forwarded-For: 203.0.113.9 & X-Forwarded-Proto: https | 203.0.113.9 true",
        "X-Forwarded-Proto: https | 127.0.0.1 true",
        "Forwarded: for=203.0.113.9;proto=https | 127.0.0.1 false",
        "X-Forwarded-For: | 127.0.0.1 false",
      })
  void it_is_the_last_that_is_not_one_of_ours(String headers, String caller) throws IOException {
    assertThat(answer(true, headers)).isEqualTo(caller);
  }

  @Test
  void nobody_is_believed_where_no_proxy_is_expected() throws IOException {
    assertThat(answer(false, "X-Forwarded-For: 203.0.113.9 & X-Forwarded-Proto: https"))
        .isEqualTo("127.0.0.1 false");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.1.1",
        "100.64.0.1",
        "100.127.255.255",
        "::1",
        "fe80::1",
        "fd00::1",
        "fc00::1",
      })
  void a_proxy_of_ours_has_a_private_address(String address) {
    assertThat(ProxiedCaller.isPrivate(InetAddress.ofLiteral(address))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "203.0.113.9",
        "172.32.0.1",
        "100.63.255.255",
        "100.128.0.1",
        "2001:db8::1",
        "64:ff9b::1",
      })
  void who_has_another_address_is_not_believed(String address) {
    assertThat(ProxiedCaller.isPrivate(InetAddress.ofLiteral(address))).isFalse();
  }

  private static String answer(boolean isBehindProxy, String headers) throws IOException {
    var jetty = new JettyServletWebServerFactory(0);
    jetty.setAddress(InetAddress.getLoopbackAddress());
    jetty.setUseForwardHeaders(isBehindProxy);
    new WebServerPolicy(Duration.ofSeconds(10)).customize(jetty);
    WebServer server =
        jetty.getWebServer(context -> context.addServlet("who", new Who()).addMapping("/"));
    server.start();
    try (var caller = new Socket(InetAddress.getLoopbackAddress(), server.getPort())) {
      String request = "GET / HTTP/1.0\r\n%s\r\n\r\n".formatted(headers.replace(" & ", "\r\n"));
      caller.getOutputStream().write(request.getBytes(ISO_8859_1));
      String answer = new String(caller.getInputStream().readAllBytes(), ISO_8859_1);
      return answer.substring(answer.indexOf("\r\n\r\n") + 4);
    } finally {
      server.stop();
      server.destroy();
    }
  }

  private static final class Who extends HttpServlet {
    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      response.getOutputStream().print(request.getRemoteAddr() + " " + request.isSecure());
    }
  }
}
