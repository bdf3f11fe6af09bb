package dev.assay.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.assay.protocol.AccountId;
import dev.assay.protocol.LocalSigner;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.chain.Sender;
import dev.assay.protocol.deploy.Deployment;
import dev.assay.quickstart.stack.Checkout;
import dev.assay.quickstart.stack.EvmNode;
import dev.assay.quickstart.stack.Home;
import dev.assay.quickstart.stack.Ports;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** A ledger that is right, or wrong in one figure, beside contracts on a real chain. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ReconcileChainTests {
  private static final TokenAmount DEPOSIT = TokenAmount.of(7_000_000);
  private static final TokenAmount BOND = TokenAmount.of(500_000_000);

  private final Home home = Home.temporary();
  private final EvmNode node = EvmNode.start(home, Ports.free(1).getFirst(), Checkout.find());
  private final LocalChain chain = new LocalChain(node.address().rpcUrl());
  private final LocalSigner person = LocalSigner.create(new Random(20_261_125));
  private final Map<String, String> pages = new HashMap<>();
  private final Map<String, String> right = new HashMap<>();
  private HttpServer settlement = unbound();

  private static HttpServer unbound() {
    try {
      return HttpServer.create();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @BeforeAll
  void deploy() throws Exception {
    var contracts = new DevelopmentContracts(home, chain);
    contracts.deploy();
    Deployment market = contracts.deployment();
    chain.fund(person.address());
    var sender = new Sender(chain, person, Duration.ofMillis(2), 10_000);
    sender.send(market.tokenContract().mint(person.address(), BOND.plus(DEPOSIT)));
    sender.send(market.tokenContract().approve(market.escrow(), DEPOSIT));
    sender.send(market.escrowContract().deposit(person.address(), DEPOSIT).call());
    sender.send(market.tokenContract().approve(market.stake(), BOND));
    sender.send(market.stakeContract().bond(person.address(), BOND));
    long block = chain.height();
    String treasury = chain.read(market.escrowContract().holder(AccountId.TREASURY)).owner().hex();
    right.put(
        "/api/proof-of-reserves",
        """
        {"chainId":31337,"escrow":"%s","stake":"%s","token":"%s","block":%d,"owed":"7000000",
         "held":"7000000","bonded":"500000000","atStake":"500000000","drift":[],"halts":{}}\
        """
            .formatted(market.escrow(), market.stake(), market.token(), block));
    right.put(
        "/api/proof-of-reserves/accounts",
        """
        {"block":%d,"lines":[
         {"id":0,"owner":"%s","balance":"0","spent":"0","authorized":"0","earned":"0","leaving":"0"},
         {"id":1,"owner":"%s","balance":"7000000","spent":"0","authorized":"0","earned":"0","leaving":"0"}]}\
        """
            .formatted(block, treasury, person.address().hex()));
    right.put(
        "/api/proof-of-reserves/bonds",
        """
        {"block":%d,"lines":[
         {"worker":"%s","bonded":"500000000","thawing":"0","frozen":"0"}]}\
        """
            .formatted(block, person.address().hex()));
    settlement = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    settlement.createContext(
        "/",
        exchange -> {
          boolean isFirst = exchange.getRequestURI().getQuery() == null;
          byte[] body =
              (isFirst
                      ? pages.getOrDefault(exchange.getRequestURI().getPath(), "")
                      : "{\"block\":1,\"lines\":[]}")
                  .getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(
              body.length == 0 ? 503 : 200, body.length == 0 ? -1 : body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    settlement.start();
  }

  @BeforeEach
  void tellTheTruth() {
    pages.putAll(right);
  }

  @AfterAll
  void stop() {
    settlement.stop(0);
    node.process().stop();
    home.close();
  }

  private String reconcile() {
    var out = new StringWriter();
    var command =
        new CommandLine(new ReconcileCommand())
            .setOut(new PrintWriter(out))
            .setExecutionExceptionHandler((failure, _, _) -> {
              out.write(failure.getMessage());
              return 69;
            });
    int code =
        command.execute(
            "--settlement",
            "http://127.0.0.1:" + settlement.getAddress().getPort(),
            "--rpc",
            chain.rpcUrl().toString());
    command.getOut().flush();
    return "exit %d%n%s".formatted(code, out);
  }

  @Test
  void a_ledger_that_equals_the_chain_is_found_right() {
    assertThat(reconcile())
        .startsWith("exit 0")
        .contains("balance", "7000000", "500000000", "0 differ")
        .doesNotContain("DRIFT");
  }

  @ParameterizedTest
  @CsvSource({
    "accounts, '\"balance\":\"7000000\"', '\"balance\":\"7000001\"', balance",
    "accounts, '\"spent\":\"0\"', '\"spent\":\"1\"', spent",
    "accounts, '\"leaving\":\"0\"', '\"leaving\":\"5\"', leaving",
    "bonds, '\"bonded\":\"500000000\"', '\"bonded\":\"400000000\"', bonded",
    "bonds, '\"frozen\":\"0\"', '\"frozen\":\"9\"', frozen",
    "'', '\"owed\":\"7000000\"', '\"owed\":\"6999999\"', owed by the Escrow",
    "'', '\"held\":\"7000000\"', '\"held\":\"8000000\"', held by the Escrow",
    "'', '\"bonded\":\"500000000\"', '\"bonded\":\"500000001\"', the Stake holds what it owes",
    "'', '\"drift\":[]', '\"drift\":[\"account 1\"]', settlement itself says",
  })
  void one_wrong_figure_is_found_and_named(String page, String figure, String wrong, String name) {
    String path = "/api/proof-of-reserves" + (page.isEmpty() ? "" : "/" + page);
    pages.compute(path, (_, text) -> String.valueOf(text).replace(figure, wrong));

    assertThat(reconcile())
        .startsWith("exit 1")
        .containsPattern("DRIFT .*" + name)
        .doesNotContain(" 0 differ");
  }

  @Test
  void an_account_that_the_ledger_does_not_know_is_found() {
    pages.compute(
        "/api/proof-of-reserves/accounts",
        (_, text) -> String.valueOf(text).replaceAll(",\\s*\\{\"id\":1[^}]*}", ""));

    assertThat(reconcile()).startsWith("exit 1").containsPattern("DRIFT .*the newest account");
  }

  @Test
  void a_settlement_that_has_compared_nothing_is_not_taken_for_a_right_one() {
    pages.clear();

    assertThat(reconcile()).startsWith("exit 69").contains("compared nothing yet");
  }
}
