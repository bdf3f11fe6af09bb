package dev.assay.settlement.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.assay.protocol.Bytes;
import dev.assay.protocol.LocalSigner;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/** The wire format of Consensys' Web3Signer, {@code eth1_sign} over HTTP. */
class Web3SignerTests {
  private static final byte[] KEY =
      HexFormat.of().parseHex("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");

  /** Of that key, without the leading 04. */
  private static final String PUBLIC_KEY =
      "0x8318535b54105d4a7aae60c08fc45f9687181b4fdfc625bd1a753fa7397fed75"
          + "3547f11ca8696646f2f3acb08e31016afac23e630c5d11f59f61fef57b0d2aa5";

  private final LocalSigner key = LocalSigner.ofKey(KEY);
  private final List<String> asked = new ArrayList<>();
  private UnaryOperator<String> change = UnaryOperator.identity();
  private HttpServer stub = unbound();
  private Web3Signer signer = signer(1);

  @BeforeEach
  void start() throws IOException {
    stub = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    stub.createContext(
        "/",
        exchange -> {
          String body =
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
          asked.add(
              "%s %s %s %s"
                  .formatted(
                      exchange.getRequestMethod(),
                      exchange.getRequestURI(),
                      exchange.getRequestHeaders().getFirst("content-type"),
                      body));
          Bytes data = Bytes.parse(body.replaceAll(".*\"(0x[0-9a-f]*)\".*", "$1"));
          byte[] answer =
              change
                  .apply(key.signHashOf(data.toBytes()).toString())
                  .getBytes(StandardCharsets.US_ASCII);
          exchange.sendResponseHeaders(200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    stub.start();
    signer = signer(stub.getAddress().getPort());
  }

  @AfterEach
  void stop() {
    stub.stop(0);
  }

  private static HttpServer unbound() {
    try {
      return HttpServer.create();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static Web3Signer signer(int port) {
    return new Web3Signer(
        URI.create("http://127.0.0.1:" + port),
        Bytes.parse(PUBLIC_KEY),
        HttpClient.newHttpClient(),
        Duration.ofSeconds(5),
        CircuitBreaker.ofDefaults("web3signer"),
        JsonMapper.shared());
  }

  @Test
  void it_is_sent_the_message_and_its_signature_is_the_keys() {
    byte[] message = {1, 2, 3};

    assertThat(signer.signHashOf(message)).isEqualTo(key.signHashOf(message));
    assertThat(signer.address()).isEqualTo(key.address());
    assertThat(asked)
        .containsExactly(
            "POST /api/v1/eth1/sign/%s application/json {\"data\":\"0x010203\"}"
                .formatted(PUBLIC_KEY));
  }

  @Test
  void an_answer_that_is_not_this_keys_signature_is_none() {
    for (UnaryOperator<String> lie :
        List.<UnaryOperator<String>>of(
            _ -> "",
            _ -> "Signer not found",
            right -> right.substring(0, 130),
            _ -> key.signHashOf(new byte[] {9}).toString(),
            right -> right + "00")) {
      change = lie;
      assertThatThrownBy(() -> signer.signHashOf(new byte[] {1, 2, 3}))
          .isInstanceOf(ChainUnavailable.class);
    }
  }

  @Test
  void a_signer_that_is_away_signs_nothing() {
    stub.stop(0);
    assertThatThrownBy(() -> signer.signHashOf(new byte[] {1}))
        .isInstanceOf(ChainUnavailable.class)
        .hasMessage("The Web3Signer did not answer");
  }
}
