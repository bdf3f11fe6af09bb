package dev.assay.agent.market;

import static org.assertj.core.api.Assertions.as;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import com.sun.net.httpserver.HttpHandler;
import dev.assay.protocol.Digest;
import dev.assay.protocol.LocalSigner;
import dev.assay.protocol.SignInMessage;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.wire.AttemptRef;
import dev.assay.protocol.wire.LeaseAnswer;
import dev.assay.protocol.wire.LeaseRequest;
import dev.assay.protocol.wire.SessionAnswer;
import dev.assay.protocol.wire.StreamAnswer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(20)
class MarketModuleTests {
  private static final Instant NOON = Instant.parse("2026-11-23T12:00:00Z");
  private static final Clock CLOCK = Clock.fixed(NOON, ZoneOffset.UTC);
  private static final Duration PATIENCE = Duration.ofSeconds(3);
  private static final Traceparent TRACE = Traceparent.startedBy(new Random(1));
  private static final String TERMS =
      """
      {"chainId":31337,"court":"0x%s"}\
      """
          .formatted("c0".repeat(20));
  private static final LeaseRequest QUESTION = new LeaseRequest(1, "assay-worker/test", NOON);

  private static final AttemptRef ATTEMPT = new AttemptRef(Digest.parse("0x" + "a1".repeat(32)), 1);

  @Test
  void a_question_names_worker_version_trace_and_how_long_it_may_be_parked() throws Exception {
    try (var server = new ScriptedMarket(ScriptedMarket.isIdle())) {
      var result =
          new Market(server.address(), "assay-worker/test", CLOCK, new Random(3))
              .askForWork("a-token", QUESTION, TRACE);

      assertThat(result)
          .isEqualTo(
              new Reply.Answered<>(
                  new LeaseAnswer(List.of(), "No job is open.", Map.of(), NOON), "req-1"));
      var asked = server.asked().getFirst();
      assertThat(asked.method()).isEqualTo("POST");
      assertThat(asked.uri()).hasToString("/worker/v1/leases?wait=25s");
      assertThat(asked.headers().getFirst("traceparent")).isEqualTo(TRACE.header());
      assertThat(asked.headers().getFirst("user-agent")).isEqualTo("assay-worker/test");
      assertThat(asked.headers().getFirst("authorization")).isEqualTo("Bearer a-token");
      assertThat(asked.headers().getFirst("content-type")).isEqualTo("application/json");
      assertThat(asked.body())
          .isEqualTo(
              "{\"capacity\":1,\"agentVersion\":\"assay-worker/test\",\"sentAt\":\"2026-11-23T12:00:00Z\"}");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/market", "/market/"})
  void a_market_may_lie_below_a_path(String path) throws Exception {
    try (var server = new ScriptedMarket(ScriptedMarket.isIdle());
        var market = market(URI.create(server.address() + path))) {
      market.askForWork("a-token", QUESTION, TRACE);

      assertThat(server.asked().getFirst().uri().getPath())
          .isEqualTo(path.replaceFirst("/$", "") + "/worker/v1/leases");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "null",
        "[]",
        "\"idle\"",
        "{}",
        "<html><body>Sign in to the hotel's network</body></html>",
        "{\"leases\":[],\"idleBecause\":\"x\",\"skipped\":{}}",
        "{\"leases\":null,\"idleBecause\":\"x\",\"skipped\":{},\"serverTime\":\"2026-11-23T12:00:00Z\"}",
        "{\"leases\":[{}],\"idleBecause\":\"x\",\"skipped\":{},\"serverTime\":\"2026-11-23T12:00:00Z\"}",
        "{\"leases\":[],\"skipped\":{},\"idleBecause\":null,\"serverTime\":\"2026-11-23T12:00:00Z\"}",
        "{\"leases\":[],\"skipped\":{},\"idleBecause\":7,\"serverTime\":\"2026-11-23T12:00:00Z\"}",
        "{\"leases\":[],\"skipped\":{},\"idleBecause\":[\"x\"],\"serverTime\":\"2026-11-23T12:00:00Z\"}",
        "{\"leases\":[],\"skipped\":{},\"idleBecause\":\"x\",\"serverTime\":\"noon\"}",
        "{\"leases\":[],\"skipped\":{},\"idleBecause\":\"x\",\"serverTime\":1763899200}",
        "{\"leases\":[],\"skipped\":{},\"idleBecause\":\"x\",\"serverTime\":1e999}",
        "{\"leases\":[],\"skipped\":{},\"idleBecause\":\"x\",\"serverTime\":\"+1000000000-12-31T23:59:59Z\"}",
        "{\"leases\":[],\"skipped\":{},\"idleBecause\":\"x\",\"serverTime\":\"1969-12-31T23:59:59Z\"}",
        "{\"leases\":[],\"skipped\":{},\"idleBecause\":\"x\",\"idleBecause\":\"y\",\"serverTime\":\"2026-11-23T12:00:00Z\"}",
        "{\"leases\":[],\"skipped\":{},\"idleBecause\":\"x\",\"serverTime\":\"2026-11-23T12:00:00Z\"}"
            + " {}",
        "{\"leases\":[],\"skipped\":{},\"idleBecause\":\"x\",\"serverTime\":\"2026-11-23T12:0",
      })
  void nonsense_is_not_taken_for_an_answer(String body) throws Exception {
    assertThat(answerOf(ScriptedMarket.says(200, "application/json", body)))
        .isInstanceOfSatisfying(
            Reply.Deferred.class,
            deferred -> assertThat(deferred.why()).contains("not what a market"));
  }

  @Test
  void deep_nesting_is_not_followed() throws Exception {
    assertThat(answerOf(ScriptedMarket.says(200, "application/json", "[".repeat(60_000))))
        .isInstanceOf(Reply.Deferred.class);
  }

  @Test
  void what_a_newer_market_adds_is_passed_over() throws Exception {
    String newer = ScriptedMarket.IDLE.replaceFirst("\\{", "{\"minimumVersion\":\"2.0\",");

    assertThat(answerOf(ScriptedMarket.says(200, "application/json", newer)))
        .isInstanceOf(Reply.Answered.class);
  }

  @Test
  void words_of_the_market_cannot_forge_lines_or_steer_a_terminal() throws Exception {
    String hostile = ScriptedMarket.IDLE.replace("No job", "a\\nb\\u001b[2Jc\\u202ed\\u2028");

    assertThat(answerOf(ScriptedMarket.says(200, "application/json", hostile)))
        .isInstanceOfSatisfying(
            Reply.Answered.class,
            answered ->
                assertThat(((LeaseAnswer) answered.body()).idleBecause())
                    .isEqualTo("a b [2Jc d  is open."));
  }

  @Test
  void a_body_beyond_its_bound_is_cut_off() throws Exception {
    var endless = new CountDownLatch(1);
    var result =
        answerOf(exchange -> {
          exchange.sendResponseHeaders(200, 0);
          byte[] chunk = "x".repeat(8192).getBytes(StandardCharsets.US_ASCII);
          try {
            while (true) {
              exchange.getResponseBody().write(chunk);
            }
          } finally {
            endless.countDown();
          }
        });

    assertThat(result).isInstanceOf(Reply.Deferred.class);
    endless.await(); // the connection was closed, not read to its end
  }

  @ParameterizedTest
  @CsvSource({"429,7,7", "503,120,120", "503,999999,300", "503,soon,0", "503,-5,0", "408,'',0"})
  void a_market_may_say_when_to_come_back_within_bounds(int status, String retryAfter, long seconds)
      throws Exception {
    assertThat(answerOf(ScriptedMarket.refuses(status, true, "retry-after", retryAfter)))
        .isEqualTo(
            new Reply.Deferred<LeaseAnswer>(
                "it answered %d (Not now. The reason.)".formatted(status),
                Duration.ofSeconds(seconds),
                "req-1"));
  }

  @ParameterizedTest
  @ValueSource(ints = {500, 502, 503, 504, 599})
  void a_broken_market_is_asked_again(int status) throws Exception {
    assertThat(answerOf(ScriptedMarket.says(status, "text/html", "<h1>Bad gateway</h1>")))
        .isInstanceOf(Reply.Deferred.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 403, 404, 422})
  void a_refusal_in_the_markets_form_is_the_markets(int status) throws Exception {
    assertThat(answerOf(ScriptedMarket.refuses(status, false)))
        .isEqualTo(
            new Reply.Refused<LeaseAnswer>(
                "Not now. The reason. (HTTP %d)".formatted(status), true, "about:blank", "req-1"));
  }

  @Test
  void a_market_that_does_not_know_the_token_asks_to_sign_in() throws Exception {
    assertThat(answerOf(ScriptedMarket.refuses(401, false)))
        .isEqualTo(new Reply.SignedOut<LeaseAnswer>("Not now. The reason.", "req-1"));
  }

  @Test
  void a_sign_in_is_a_message_of_eip_4361_signed_by_the_session_key() throws Exception {
    var key = LocalSigner.create(new Random(2));
    try (var market = new WorkMarket(CLOCK);
        var link = market(market.address())) {
      // The market reads the message line by line and recovers the signer.
      assertThat(link.signIn(key, 31337))
          .isInstanceOfSatisfying(
              Reply.Answered.class,
              answered ->
                  assertThat(((SessionAnswer) answered.body()).worker())
                      .isEqualTo(WorkMarket.OWNER));
      assertThat(link.signIn(key, 1)).isInstanceOf(Reply.SignedOut.class);
    }
    assertThat(
            new SignInMessage(
                    URI.create("https://market.example:8443/a"),
                    new WalletAddress("0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266"),
                    Market.STATEMENT,
                    31337,
                    "0123456789abcdef",
                    NOON.plusNanos(5))
                .text())
        .isEqualTo(
            """
            market.example:8443 wants you to sign in with your Ethereum account:
            0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266

            Sign in to work at this market. No money moves.

            URI: https://market.example:8443/a
            Version: 1
            Chain ID: 31337
            Nonce: 0123456789abcdef
            Issued At: 2026-11-23T12:00:00Z\
            """);
  }

  @Test
  void a_refusal_in_another_form_asks_whether_the_address_is_right() throws Exception {
    assertThat(answerOf(ScriptedMarket.says(404, "text/html", "<h1>Not found</h1>")))
        .isInstanceOfSatisfying(
            Reply.Refused.class,
            refused -> {
              assertThat(refused.byMarket()).isFalse();
              assertThat(refused.why()).contains("HTTP 404", "the address of an Assay market?");
            });
  }

  @Test
  void a_redirection_is_told_and_not_followed() throws Exception {
    try (var elsewhere = new ScriptedMarket(ScriptedMarket.isIdle())) {
      var result =
          answerOf(
              ScriptedMarket.says(
                  307, "text/plain", "", "location", elsewhere.address().toString()));

      assertThat(result)
          .isInstanceOfSatisfying(
              Reply.Refused.class,
              refused -> assertThat(refused.why()).contains(elsewhere.address().toString()));
      assertThat(elsewhere.asked()).isEmpty();
    }
  }

  @Test
  void a_market_that_never_answers_is_given_up_in_time() throws Exception {
    assertThat(answerOf(_ -> waitForEver()))
        .isEqualTo(new Reply.Deferred<LeaseAnswer>("no answer in time", Duration.ZERO, null));
  }

  @Test
  void a_body_that_never_ends_is_given_up_in_time() throws Exception {
    assertThat(
            answerOf(exchange -> {
              exchange.sendResponseHeaders(200, 1000);
              exchange.getResponseBody().write('{');
              exchange.getResponseBody().flush();
              waitForEver();
            }))
        .isEqualTo(new Reply.Deferred<LeaseAnswer>("no answer in time", Duration.ZERO, null));
  }

  @Test
  void what_does_not_speak_http_is_told() throws Exception {
    withRawServer(
        "SSH-2.0-OpenSSH_9.9\r\n\r\n",
        market ->
            assertThat(market.askForWork("a-token", QUESTION, TRACE))
                .asInstanceOf(type(Reply.Deferred.class))
                .extracting(Reply.Deferred::why, as(STRING))
                .startsWith("the connection broke"));
  }

  @Test
  void a_question_that_a_kept_connection_no_longer_takes_is_asked_on_another() throws Exception {
    String idle =
        "HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s"
            .formatted(ScriptedMarket.IDLE.length(), ScriptedMarket.IDLE);
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        var market = market(URI.create("http://127.0.0.1:" + socket.getLocalPort()))) {
      var closed = new CountDownLatch(1);
      Thread.ofVirtual()
          .start(() -> {
            try {
              for (int i = 0; i < 2; i++) {
                try (var connection = socket.accept()) {
                  connection.getInputStream().read(new byte[8192]);
                  connection.getOutputStream().write(idle.getBytes(StandardCharsets.US_ASCII));
                }
                closed.countDown();
              }
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
      assertThat(market.askForWork("a-token", QUESTION, TRACE)).isInstanceOf(Reply.Answered.class);
      closed.await();

      assertThat(market.askForWork("a-token", QUESTION, TRACE)).isInstanceOf(Reply.Answered.class);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\n"
            + "transfer-encoding: chunked\r\n\r\n"
            + "%1$x;a=b\r\n"
            + "%2$s\r\n"
            + "0\r\n"
            + "x: y\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: %1$d\r\n\r\n%2$s",
        "HTTP/1.0 200 OK\nContent-Length:%1$d\n\n%2$s",
      })
  void an_answer_may_be_framed_in_every_way_of_http(String framing) throws Exception {
    withRawServer(
        framing.formatted(ScriptedMarket.IDLE.length(), ScriptedMarket.IDLE),
        market ->
            assertThat(market.askForWork("a-token", QUESTION, TRACE))
                .isInstanceOf(Reply.Answered.class));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\ncontent-length: +2\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\ncontent-length: 9999999999\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}x\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\n: nameless\r\n\r\n{}",
        "HTTP/1.1 99 No\r\n\r\n",
        "HTTP/2 200\r\n\r\n",
      })
  void an_answer_that_is_not_framed_as_http_is_none(String answer) throws Exception {
    withRawServer(
        answer,
        market ->
            assertThat(market.askForWork("a-token", QUESTION, TRACE))
                .isInstanceOf(Reply.Deferred.class));
  }

  @Test
  void a_stream_that_is_refused_at_once_is_not_begun() throws Exception {
    var lines = new EndlessLines();

    Reply<StreamAnswer> reply = streamed(lines, new StringBuilder(), "\r\n\r\n", REFUSAL);

    assertThat(reply).isInstanceOf(Reply.Refused.class);
    assertThat(lines.given).hasValue(0);
  }

  @Test
  void a_market_that_hangs_up_in_the_middle_of_a_stream_ends_it() throws Exception {
    var heard = new StringBuilder();

    Reply<StreamAnswer> reply =
        streamed(
            new EndlessLines(),
            heard,
            "\r\n\r\n",
            "HTTP/1.1 100 Continue\r\n\r\n",
            "1\r\n\n\r\n",
            REFUSAL);

    assertThat(reply).isNotInstanceOf(Reply.Answered.class);
    assertThat(heard.toString()).containsIgnoringCase("expect: 100-continue");
  }

  @Test
  void an_answer_to_a_stream_that_begins_and_never_ends_is_given_up_in_time() throws Exception {
    assertThat(
            streamed(
                PATIENCE,
                new EndlessLines(),
                new StringBuilder(),
                "\r\n\r\n",
                "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"))
        .isEqualTo(new Reply.Deferred<StreamAnswer>("no answer in time", Duration.ZERO, null));
  }

  @Test
  void a_stream_that_fails_here_breaks_there() throws Exception {
    var lines =
        new InputStream() {
          @Override
          public int read() throws IOException {
            throw new IOException("nobody wants it");
          }
        };

    assertThat(streamed(lines, new StringBuilder(), "\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n"))
        .isInstanceOf(Reply.Deferred.class);
  }

  /** Empty lines, one at a time. */
  private static final class EndlessLines extends InputStream {
    private final AtomicInteger given = new AtomicInteger();

    @Override
    public int read() {
      given.incrementAndGet();
      return '\n';
    }

    @Override
    public int read(byte[] into, int start, int length) {
      into[start] = (byte) read();
      return 1;
    }
  }

  @Test
  void headers_without_end_are_cut_off() throws Exception {
    String header = "x: %s\r\n".formatted("y".repeat(1000));
    String answer = "content-length: %d\r\n\r\n%s".formatted(TERMS.length(), TERMS);

    withRawServer(
        "HTTP/1.1 200 OK\r\n" + header.repeat(10) + answer,
        market -> assertThat(market.terms()).isInstanceOf(Reply.Answered.class));
    withRawServer(
        "HTTP/1.1 200 OK\r\n" + header.repeat(500) + answer,
        market -> assertThat(market.terms()).isInstanceOf(Reply.Deferred.class));
  }

  @Test
  void a_token_with_a_line_break_is_not_sent() throws Exception {
    try (var server = new ScriptedMarket(ScriptedMarket.isIdle());
        var market = market(server.address())) {
      assertThat(market.askForWork("a\r\nx-evil: 1", QUESTION, TRACE))
          .isInstanceOf(Reply.Deferred.class);
      assertThat(server.asked()).isEmpty();
    }
  }

  @Test
  void a_closed_port_and_an_unknown_name_are_told_apart() throws Exception {
    int closed;
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      closed = socket.getLocalPort();
    }
    try (var nobody = market(URI.create("http://127.0.0.1:" + closed));
        var unknown = market(URI.create("http://market.invalid"))) {
      assertThat(nobody.probe())
          .isEqualTo(new Reachability.Unreachable("the connection is refused"));
      assertThat(unknown.probe())
          .isEqualTo(new Reachability.Unreachable("its host name is not known"));
    }
  }

  @Test
  void an_interrupt_ends_a_parked_question_at_once() throws Exception {
    var parked = new CountDownLatch(1);
    try (var server =
            new ScriptedMarket(_ -> {
              parked.countDown();
              waitForEver();
            });
        var market = market(server.address())) {
      var interrupted = new CountDownLatch(1);
      Thread asking =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  market.askForWork("a-token", QUESTION, TRACE);
                } catch (InterruptedException e) {
                  interrupted.countDown();
                }
              });
      parked.await();
      asking.interrupt();

      interrupted.await();
    }
  }

  @Test
  void a_look_tells_a_market_and_its_clock_from_anything_else() throws Exception {
    String early =
        """
        HTTP/1.1 200 OK\r
        date: Mon, 23 Nov 2026 11:59:00 GMT\r
        x-request-id: req-1\r
        content-type: application/json\r
        content-length: %d\r
        \r
        %s\
        """
            .formatted(TERMS.length(), TERMS);
    withRawServer(
        early,
        market ->
            assertThat(market.probe())
                .isEqualTo(new Reachability.Reachable(Duration.ofMinutes(1))));
    try (var other =
            new ScriptedMarket(ScriptedMarket.says(200, "text/html", "<h1>It works</h1>"));
        var toOther = market(other.address())) {
      assertThat(toOther.probe()).isEqualTo(new Reachability.NotAMarket(200));
    }
  }

  private static Reply<LeaseAnswer> answerOf(HttpHandler script) throws InterruptedException {
    try (var server = new ScriptedMarket(script);
        var market = market(server.address())) {
      return market.askForWork("a-token", QUESTION, TRACE);
    }
  }

  private static Market market(URI address) {
    return new Market(address, "assay-worker/test", CLOCK, new Random(3), PATIENCE, PATIENCE);
  }

  private static final String REFUSAL =
      """
      HTTP/1.1 409 Conflict\r
      content-type: application/problem+json\r
      content-length: 16\r
      \r
      {"title":"Over"}\
      """;

  /** Reads until it has heard so much, says something, and so on; then hears the rest. */
  private static Reply<StreamAnswer> streamed(
      InputStream lines, StringBuilder heard, String... heardAndSaid) throws Exception {
    return streamed(Duration.ofSeconds(20), lines, heard, heardAndSaid);
  }

  private static Reply<StreamAnswer> streamed(
      Duration patience, InputStream lines, StringBuilder heard, String... heardAndSaid)
      throws Exception {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        var market = market(URI.create("http://127.0.0.1:" + socket.getLocalPort()))) {
      var server =
          CompletableFuture.runAsync(() -> {
            try (var connection = socket.accept()) {
              for (int i = 0; i < heardAndSaid.length; i += 2) {
                while (heard.indexOf(heardAndSaid[i]) < 0) {
                  heard.append((char) connection.getInputStream().readNBytes(1)[0]);
                }
                connection
                    .getOutputStream()
                    .write(heardAndSaid[i + 1].getBytes(StandardCharsets.US_ASCII));
              }
              connection.getInputStream().skipNBytes(1024);
            } catch (IOException hungUp) {
              // The answer is what counts.
            }
          });
      Reply<StreamAnswer> reply = market.stream("a-token", ATTEMPT, lines, patience);
      server.join();
      return reply;
    }
  }

  private interface Check {
    void on(Market market) throws InterruptedException;
  }

  private static void withRawServer(String answer, Check check) throws Exception {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        var market = market(URI.create("http://127.0.0.1:" + socket.getLocalPort()))) {
      Thread.ofVirtual()
          .start(() -> {
            try (var connection = socket.accept()) {
              connection.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
              connection.shutdownOutput();
              // To the end: who hangs up on what it has not read takes its own answer back.
              connection.getInputStream().transferTo(OutputStream.nullOutputStream());
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
      check.on(market);
    }
  }

  /** Ends when its server is closed. */
  private static void waitForEver() {
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
