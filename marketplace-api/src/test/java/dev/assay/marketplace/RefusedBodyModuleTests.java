package dev.assay.marketplace;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.web.server.LocalServerPort;

/** A request that is refused before its body is there, and the next one on its connection. */
@MarketModuleTest
class RefusedBodyModuleTests {
  private final int port;

  RefusedBodyModuleTests(@LocalServerPort int port) {
    this.port = port;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Length: 9\r\n\r\n > too late!",
        "Content-Length: 9\r\nContent-Encoding: gzip\r\n\r\n > too late!",
        "Transfer-Encoding: chunked\r\n\r\n > 9\r\ntoo late!\r\n0\r\n\r\n",
      })
  void the_connection_stays(String request) throws IOException {
    String[] headAndBody = request.split(" > ");
    try (var caller = new Socket(InetAddress.getLoopbackAddress(), port)) {
      caller.setSoTimeout(20_000);
      send(caller, "POST /api/jobs HTTP/1.1\r\nHost: a\r\n" + headAndBody[0]);
      RawHttp.Answer refusal = RawHttp.read(caller);
      send(caller, headAndBody[1]);
      send(caller, "GET /api/models HTTP/1.1\r\nHost: a\r\n\r\n");

      assertThat(refusal.status()).isBetween(400, 499);
      assertThat(refusal.header("connection")).isNotEqualToIgnoringCase("close");
      assertThat(RawHttp.read(caller).status()).isEqualTo(200);
    }
  }

  private static void send(Socket caller, String what) throws IOException {
    caller.getOutputStream().write(what.getBytes(ISO_8859_1));
  }
}
