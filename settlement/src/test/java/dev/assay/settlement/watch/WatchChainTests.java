package dev.assay.settlement.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.assay.protocol.Digest;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.deploy.Deployment;
import dev.assay.protocol.deploy.Offices;
import dev.assay.protocol.deploy.Terms;
import dev.assay.settlement.chain.BlockRef;
import dev.assay.settlement.chain.Market;
import dev.assay.settlement.chain.TestChain;
import dev.assay.settlement.platform.FreshHalts;
import dev.assay.settlement.platform.Halts;
import dev.assay.settlement.platform.OfficeHolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.transaction.support.TransactionOperations;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A node that refuses what a real one of ours does not, so here it is played. */
class WatchChainTests {
  private static final Market MARKET =
      new Market(
          new Deployment(31337, 0, wallet(1), wallet(2), wallet(3), wallet(4), wallet(5)),
          new Offices(
              wallet(11), wallet(12), wallet(13), wallet(14), wallet(15), wallet(16), wallet(17)),
          Terms.standard(Digest.ZERO));

  private final PlayedNode node = new PlayedNode();
  private final Halts halts = FreshHalts.halts();
  private final OfficeHolder office = new OfficeHolder();
  private final Place place = new Place();
  private final Time time = new Time();
  private boolean isBroken;
  private final WatchChain watch =
      new WatchChain(
          new TestChain(node.url()).client(),
          MARKET,
          place,
          new RecordChunk(place, List.of(this::keep), TransactionOperations.withoutTransaction()),
          new TellEarly(List.of(), TransactionOperations.withoutTransaction()),
          new WatchSettings(1_000, Duration.ofMinutes(30), Duration.ofMinutes(1)),
          office,
          halts,
          time);

  @AfterEach
  void stop() {
    node.close();
  }

  private static WalletAddress wallet(int number) {
    return new WalletAddress("0x%040x".formatted(number));
  }

  private void keep(Chunk chunk) {
    if (isBroken) {
      throw new IllegalStateException("no room for block %d".formatted(chunk.to().number()));
    }
  }

  @Test
  void what_cannot_be_kept_halts_until_it_is_kept() {
    isBroken = true;

    assertThatThrownBy(watch::watch).hasMessage("no room for block 999");

    assertThat(halts.reasons()).containsOnlyKeys("unread-chain");
    assertThat(halts.reasons().get("unread-chain"))
        .contains("IllegalStateException")
        .as("everyone is shown it")
        .doesNotContain("no room");
    assertThat(halts.isClear()).isFalse();

    isBroken = false;
    watch.watch();

    assertThat(halts.reasons()).isEmpty();
    assertThat(place.last().orElseThrow().number()).isEqualTo(node.finalBlock);
  }

  @Test
  void whoever_no_longer_reads_the_chain_is_not_halted_by_it() {
    isBroken = true;
    assertThatThrownBy(watch::watch).isInstanceOf(IllegalStateException.class);

    office.holds(false);
    watch.watch();

    assertThat(halts.isClear()).isTrue();
  }

  @Test
  void a_node_that_answers_few_blocks_at_once_is_asked_for_few() {
    node.mostBlocks = 10;

    watchUntilRead();

    assertThat(node.readTo).as("above the final block too").isEqualTo(node.head);
    assertThat(halts.reasons()).isEmpty();
    assertThat(node.refusals).isLessThan(node.answers / 10);
  }

  @Test
  void a_node_that_answers_no_logs_halts_after_a_minute_until_it_does() {
    node.mostBlocks = 0;
    watch.watch();
    time.pass(Duration.ofSeconds(60));
    watch.watch();
    assertThat(halts.reasons()).isEmpty();

    time.pass(Duration.ofSeconds(1));
    watch.watch();

    assertThat(halts.reasons()).containsOnlyKeys("unread-chain");
    assertThat(halts.isClear()).isFalse();

    node.mostBlocks = 1_000;
    watchUntilRead();

    assertThat(halts.reasons()).isEmpty();
  }

  @Test
  void as_long_as_blocks_are_read_a_refusal_now_and_then_halts_nothing() {
    node.mostBlocks = 10;
    for (int pass = 0; pass < 12; pass++) { // refused seven times, then some are read
      time.pass(Duration.ofSeconds(7));
      watch.watch();
    }

    assertThat(place.last().orElseThrow().number()).isLessThan(node.finalBlock);
    assertThat(halts.reasons()).isEmpty();
  }

  private void watchUntilRead() {
    for (int pass = 0; pass < 30 && node.readTo < node.head; pass++) {
      watch.watch();
    }
  }

  /** Passes when it is told to. */
  private static final class Time extends Clock {
    private Instant now = Instant.EPOCH;

    void pass(Duration time) {
      now = now.plus(time);
    }

    @Override
    public Instant instant() {
      return now;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }

  /** In memory. */
  private static final class Place extends ScannedBlock {
    private @Nullable BlockRef last;

    Place() {
      super(JdbcClient.create(new DriverManagerDataSource()));
    }

    @Override
    public Optional<BlockRef> last() {
      return Optional.ofNullable(last);
    }

    @Override
    void move(Optional<BlockRef> from, BlockRef to) {
      last = to;
    }
  }

  /** Of a chain without a log. */
  private static final class PlayedNode implements AutoCloseable {
    private final HttpServer server;
    private final long finalBlock = 5_000;
    private final long head = 5_064;
    private volatile long mostBlocks = 1_000;
    private volatile long readTo;
    private volatile int answers;
    private volatile int refusals;

    PlayedNode() {
      try {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      server.createContext("/", this::answer);
      server.start();
    }

    URI url() {
      return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    private void answer(HttpExchange exchange) throws IOException {
      JsonNode call = JsonMapper.shared().readTree(exchange.getRequestBody().readAllBytes());
      JsonNode first = call.path("params").path(0);
      Map<String, Object> answer =
          call.path("method").asString().equals("eth_getLogs")
              ? logs(number(first.path("fromBlock")), number(first.path("toBlock")))
              : Map.of("result", block(number(first)));
      Map<String, Object> whole = new HashMap<>(answer);
      whole.put("id", call.path("id").asLong());
      byte[] body = JsonMapper.shared().writeValueAsBytes(whole);
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
      exchange.close();
    }

    private Map<String, Object> logs(long from, long to) {
      if (to - from >= mostBlocks) {
        refusals++;
        return Map.of("error", Map.of("code", -32005, "message", "range too large"));
      }
      answers++;
      readTo = to;
      return Map.of("result", List.of());
    }

    private long number(JsonNode name) {
      return switch (name.asString()) {
        case "finalized" -> finalBlock;
        case "latest" -> head;
        default -> Long.decode(name.asString());
      };
    }

    private static Map<String, Object> block(long number) {
      return Map.of(
          "number",
          "0x" + Long.toHexString(number),
          "hash",
          "0x%064x".formatted(number),
          "timestamp",
          "0x65000000");
    }

    @Override
    public void close() {
      server.stop(0);
    }
  }
}
