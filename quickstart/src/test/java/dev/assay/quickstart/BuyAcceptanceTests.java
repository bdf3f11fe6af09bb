package dev.assay.quickstart;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.assay.protocol.AccountId;
import dev.assay.protocol.BasisPoints;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.chain.EscrowContract;
import dev.assay.protocol.chain.Purse;
import dev.assay.protocol.chain.TokenContract;
import dev.assay.protocol.deploy.Deployment;
import dev.assay.quickstart.demo.MeaningIndex;
import dev.assay.quickstart.stack.Checkout;
import dev.assay.quickstart.stack.EvmNode;
import dev.assay.quickstart.stack.Home;
import dev.assay.quickstart.stack.Ports;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a newcomer does after {@code up}: buys an answer, from our worker and from a stranger's,
 * sees it paid on the chain, and leaves with what is left. One market goes through all of it.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class BuyAcceptanceTests {
  /** What the faucet gives to each: a thousand dollars. */
  private static final TokenAmount GIFT = TokenAmount.of(1_000_000_000);

  private static final Pattern ADDRESS = Pattern.compile("http://127.0.0.1:(\\d+)/api/jobs");

  private static final String SENTENCE = "Assay tests metal for its worth.";
  private static final Pattern KEY = Pattern.compile("Bearer (assay_\\S+)'");

  private static final JsonMapper JSON = JsonMapper.shared();
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  @TempDir static Path folder;

  /** Of one purchase, as its requester chose it. */
  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";

  private static TraceCollector traces;
  private static RunningUp up;
  private static EmbeddingsRuntime runtime;
  private static String command;

  @BeforeAll
  static void start() throws Exception {
    traces = new TraceCollector();
    up = RunningUp.start(home(), traces.environment());
    runtime = new EmbeddingsRuntime(folder.resolve("models"));
    await().atMost(Duration.ofSeconds(150)).until(() -> up.isUp() && printed().contains("texts"));
    command = printed().substring(printed().indexOf("curl -s"));
  }

  @AfterAll
  static void stop() throws Exception {
    runtime.close();
    up.close();
    traces.close();
  }

  private static String printed() throws IOException {
    return up.printed();
  }

  @Test
  @Order(1)
  void the_command_that_up_prints_buys_the_vector_that_the_model_gives() throws Exception {
    Process curl = new ProcessBuilder("sh", "-c", command).redirectErrorStream(true).start();
    String answer = new String(curl.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(curl.waitFor()).as(answer).isZero();
    assertThat(answer).contains("\"status\":\"attested\"");
    assertThat(MeaningIndex.cosine(vector(answer), runtime.vector(SENTENCE))).isGreaterThan(0.9999);
  }

  @Test
  @Order(2)
  void a_strict_job_is_replayed_by_the_market_before_its_answer_shows() throws Exception {
    String answer =
        buy(
            """
            {"model":"all-minilm-l6-v2","input":{"kind":"embeddings","texts":["%s"]},"verification":"strict"}\
            """
                .formatted(SENTENCE));
    assertThat(LocalApi.member(answer, "status")).as(answer).isEqualTo("attested");
    assertThat(answer).contains("\"level\":\"strict\"");
    assertThat(MeaningIndex.cosine(vector(answer), runtime.vector(SENTENCE))).isGreaterThan(0.9999);
  }

  @Test
  @Order(3)
  void a_worker_of_a_hundred_and_fifty_lines_of_python_earns() throws Exception {
    Path keyFile = folder.resolve("key.hex");
    LocalWallets.openOrMake(keyFile);
    Path ownerFile = folder.resolve("owner.hex");
    // Beside it, for somebody else: two at once pay from one wallet.
    var other =
        new FutureTask<>(() ->
            RunningUp.run(
                "faucet", folder.resolve("other.hex").toString(), "--home", home().toString()));
    Thread.startVirtualThread(other);
    assertThat(
            RunningUp.run(
                "faucet",
                ownerFile.toString(),
                "--bond",
                keyFile.toString(),
                "--home",
                home().toString()))
        .startsWith("exit 0");
    assertThat(other.get()).startsWith("exit 0");
    String owner = LocalWallets.open(ownerFile).address().hex();
    var builder =
        new ProcessBuilder("python3", Checkout.find().resolve("docs/examples/worker.py").toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("python.log").toFile());
    builder.environment().put("ASSAY_MARKET", "http://127.0.0.1:" + port());
    builder.environment().put("ASSAY_KEY_FILE", keyFile.toString());
    builder.environment().put("ASSAY_RUNTIME", runtime.baseUrl());
    builder.environment().put("ASSAY_JOBS", "1");
    Process python = builder.start();
    try {
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> get("/api/models/all-minilm-l6-v2").contains("\"workers\":2"));

      String answer =
          buy(
              """
              {"model":"all-minilm-l6-v2","provider":{"only":["%s"]},
               "input":{"kind":"embeddings","texts":["%s","and again"]}}\
              """
                  .formatted(owner, SENTENCE));

      assertThat(LocalApi.member(answer, "status"))
          .as(answer + Files.readString(folder.resolve("python.log")))
          .isEqualTo("attested");
      assertThat(LocalApi.member(answer, "worker")).isEqualTo(owner);
      assertThat(LocalApi.member(answer, "price")).isEqualTo("1");
      assertThat(MeaningIndex.cosine(vector(answer), runtime.vector(SENTENCE)))
          .isGreaterThan(0.9999);
      assertThat(python.waitFor()).isZero();
      assertThat(Files.readString(folder.resolve("python.log"))).contains("accepted");
    } finally {
      python.destroyForcibly();
    }
  }

  @Test
  @Order(4)
  void what_was_bought_is_paid_on_the_chain() throws Exception {
    String thousandWords = String.join("\",\"", Collections.nCopies(40, SENTENCE.repeat(4)));
    String answer =
        buy(
            """
            {"model":"all-minilm-l6-v2","input":{"kind":"embeddings","texts":["%s"]}}\
            """
                .formatted(thousandWords));
    TokenAmount price = TokenAmount.parse(LocalApi.member(answer, "price"));
    TokenAmount fee = price.share(new BasisPoints(500));
    assertThat(fee).as(answer).isGreaterThan(TokenAmount.ZERO);
    List<JsonNode> jobs = JSON.readTree(get("/api/jobs")).path("data").valueStream().toList();
    TokenAmount total =
        jobs.stream()
            .map(job -> TokenAmount.parse(job.path("price").stringValue()))
            .reduce(TokenAmount.ZERO, TokenAmount::plus);
    assertThat(jobs).hasSize(4);

    // Half a minute, most of it blocks that are waited for; more on a machine that has much to do.
    await().atMost(Duration.ofSeconds(150)).until(() -> account("spent").equals(total.toString()));
    await().atMost(Duration.ofSeconds(60)).until(() -> account("unsettled").equals("0"));

    // One trace leads from the purchase over both processes to the transaction that paid for it.
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() ->
            traces.wasTold("marketplace-api", TRACE, "http post /api/jobs")
                && traces.wasTold("marketplace-api", TRACE, "execute job")
                && traces.wasTold("settlement", TRACE, "settle job"));

    assertThat(account("balance")).isEqualTo(GIFT.minus(total).toString());
    assertThat(up.count("marketplace", "select count(*) from marketplace.settled_job"))
        .as("these, and executions that checked them")
        .isGreaterThanOrEqualTo(jobs.size());
    // Beside the API and in no way through it: what the contracts hold.
    EscrowContract escrow = market().escrowContract();
    LocalChain chain = chain();
    Purse requester = purse("requester");
    assertThat(requester.spent()).isEqualTo(total);
    assertThat(requester.balance()).isEqualTo(GIFT.minus(total));
    await() // a check may be paid between two reads
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> {
          TokenAmount kept = chain.read(escrow.purse(AccountId.TREASURY)).earned();
          assertThat(kept).isGreaterThanOrEqualTo(fee);
          assertThat(purse("worker").earned().plus(strangers().earned()).plus(kept))
              .isEqualTo(total.plus(purse("audits").spent()));
        });
    JsonNode reserves =
        JSON.readTree(read(URI.create(up.address("settlement") + "/api/proof-of-reserves")));
    assertThat(reserves.path("drift").isEmpty()).as(reserves.toString()).isTrue();
    assertThat(reserves.path("held")).isEqualTo(reserves.path("owed"));
    operatorsSeeIt();
  }

  /** What settlement says, who paid for whom, and the log's end in the seals on chain. */
  private static void operatorsSeeIt() throws Exception {
    JsonNode money = operators("/api/admin/money");
    assertThat(money.path("settlementWords").stringValue()).isEmpty();
    assertThat(money.at("/settlement/reserves/drift").isEmpty()).as(money.toString()).isTrue();
    assertThat(money.at("/settlement/batches").valueStream())
        .anyMatch(batch -> batch.path("state").stringValue().equals("SETTLED"));
    // The faucet's wallet paid for the requester, the worker and the strangers.
    assertThat(operators("/api/admin/signals").at("/funders/funders").valueStream())
        .anyMatch(funder -> funder.path("others").intValue() > 1);
    assertThat(RunningUp.run("audit", "verify", "--home", home().toString()))
        .startsWith("exit 0")
        .containsPattern("epochs 1 to \\d+ were sealed with \\d+ heads; [1-9]\\d* of these seals");
  }

  private static JsonNode operators(String path) throws Exception {
    String token =
        RunningUp.run("admin", "token", "--home", home().toString())
            .strip()
            .lines()
            .toList()
            .getLast();
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path))
            .header("authorization", "Bearer " + token)
            .build();
    return JSON.readTree(HTTP.send(request, BodyHandlers.ofString()).body());
  }

  @Test
  @Order(5)
  void each_figure_that_an_alert_or_a_dashboard_asks_for_is_told_and_ours_are_written_down()
      throws Exception {
    String page = Files.readString(Checkout.find().resolve("docs/reference/metrics.md"));
    Set<String> written =
        found("(?m)^\\| `((?:market|settlement|chain)_[a-z_]+)", page).collect(toSet());
    Set<String> asked = FigureNames.all();
    assertThat(asked)
        .contains("market_jobs_posted_total", "settlement_halts")
        .hasSizeGreaterThan(40);
    await() // some are told from their first event on, such as a pause for garbage
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> {
          String told = read("api-management", "prometheus") + read("settlement", "prometheus");
          assertThat(found("(?m)^([a-z][a-z0-9_]+)[{ ]", told).collect(toSet())).containsAll(asked);
          assertThat(
                  found("(?m)^# TYPE ((?:market|settlement|chain)_[a-z_]+) ", told)
                      // The longest of late, which Micrometer adds to a timer.
                      .filter(name -> !name.endsWith("_max"))
                      .collect(toSet()))
              .isEqualTo(written);
          assertThat(
                  found(
                          "(?m)^# TYPE (\\S+) ",
                          Files.readString(home().resolve("worker/worker.prom")))
                      .collect(toSet()))
              .isEqualTo(found("(?m)^\\| `(assay_worker_[a-z_]+)", page).collect(toSet()));
          // What a label can say is known beforehand: no wallet, no job, no digest.
          assertThat(told)
              .doesNotContainPattern("=\"(0x)?[0-9a-f]{32,}|=\"[0-9a-f]{8}-[0-9a-f]{4}-");
        });
  }

  @Test
  @Order(6)
  void no_log_tells_what_was_asked_or_answered_or_how_to_ask() throws Exception {
    String key = found(KEY.pattern(), command).findFirst().orElseThrow();
    String passwords = Files.readString(home().resolve("pg18/passwords"));
    try (Stream<Path> logs = Files.list(home().resolve("logs"))) {
      for (Path log : logs.toList()) {
        String told = Files.readString(log);
        assertThat(told).as(log.toString()).doesNotContain(SENTENCE, key, "\"vectors\"", "Bearer ");
        found("(?m)^\\w+=(\\S{16,})$", passwords)
            .forEach(password -> assertThat(told).as(log.toString()).doesNotContain(password));
      }
    }
    assertThat(Files.readString(home().resolve("logs/api.log"))).contains("\"ecs\":");
    assertThat(Files.readString(home().resolve("logs/settlement.log")))
        .contains("A transaction is final", "\"purpose\":\"SETTLE\"");
  }

  private static String read(String part, String endpoint) throws Exception {
    return read(URI.create("%s/actuator/%s".formatted(up.address(part), endpoint)));
  }

  private static Stream<String> found(String pattern, String text) {
    return Pattern.compile(pattern).matcher(text).results().map(one -> one.group(1));
  }

  @Test
  @Order(7)
  void the_receipt_of_each_of_them_holds_before_a_node_and_a_changed_one_does_not()
      throws Exception {
    Deployment market = market();
    for (JsonNode job : JSON.readTree(get("/api/jobs")).path("data")) {
      String receipt = get("/api/jobs/%s/receipt".formatted(job.path("id").stringValue()));
      assertThat(LocalApi.member(receipt, "status")).as(receipt).isEqualTo("settled");
      assertThat(verified(receipt, market))
          .startsWith("exit 0")
          .contains("OK    settlement on chain", "OK    ceiling", "OK    payee");
      String block = "\"block\":";
      assertThat(verified(receipt.replaceFirst(block, block + "1"), market))
          .startsWith("exit 65")
          .contains("FAIL  seal on chain");
      if (job.path("verification").stringValue().equals("strict")) {
        assertThatAnybodyCanReplay(receipt, job.path("id").stringValue());
      }
    }
  }

  private static void assertThatAnybodyCanReplay(String receipt, String job) throws Exception {
    Path file = Files.writeString(folder.resolve("receipt.json"), receipt);
    Path input =
        Files.writeString(
            folder.resolve("input.json"),
            "{\"kind\":\"embeddings\",\"texts\":[\"%s\"]}".formatted(SENTENCE));
    Path result =
        Files.writeString(folder.resolve("result.json"), get("/api/jobs/%s/result".formatted(job)));
    List<String> replay =
        List.of(
            "verify", file.toString(), "--input", input.toString(), "--result", result.toString());
    assertThat(RunningUp.run(replay.toArray(String[]::new)))
        .startsWith("exit 0")
        .contains("OK    replay", "within the tolerance");
    Files.writeString(input, Files.readString(input).replace(SENTENCE, SENTENCE + "!"));
    assertThat(RunningUp.run(replay.toArray(String[]::new)))
        .startsWith("exit 65")
        .contains("FAIL  replay");
  }

  private static String verified(String receipt, Deployment market) throws Exception {
    Path file = folder.resolve("receipt.json");
    Files.writeString(file, receipt);
    return RunningUp.run(
        "verify",
        file.toString(),
        "--rpc",
        up.address("evm-node"),
        "--court",
        market.court().hex(),
        "--escrow",
        market.escrow().hex());
  }

  /** A minute on a busy machine. */
  @Test
  @Order(8)
  @EnabledIfSystemProperty(named = "assay.nightly", matches = "true")
  void what_was_backed_up_while_it_ran_is_restored_and_ledger_and_chain_are_equal()
      throws Exception {
    String backup = folder.resolve("backup").toString();
    assertThat(RunningUp.run("backup", backup, "--home", home().toString())).startsWith("exit 0");
    buy(
        """
        {"model":"all-minilm-l6-v2","input":{"kind":"embeddings","texts":["after the backup"]}}\
        """);
    await().atMost(Duration.ofSeconds(150)).until(() -> account("unsettled").equals("0"));
    String paid = account("spent");
    String jobs = get("/api/jobs");
    up.close();
    long lost = System.nanoTime();
    destroy(home().resolve("pg18/data"));

    assertThat(RunningUp.run("restore", backup, "--home", home().toString())).startsWith("exit 0");
    double restored = (System.nanoTime() - lost) / 1e9;
    up = RunningUp.start(home(), traces.environment());
    await().atMost(Duration.ofSeconds(150)).until(() -> up.isUp() && printed().contains("texts"));
    double running = (System.nanoTime() - lost) / 1e9;
    command = printed().substring(printed().indexOf("curl -s"));

    assertThat(account("spent")).isEqualTo(paid);
    assertThat(get("/api/jobs")).isEqualTo(jobs);
    await() // until settlement has read the chain's last final blocks
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() ->
            assertThat(
                    RunningUp.run(
                        "reconcile",
                        "--settlement",
                        up.address("settlement"),
                        "--rpc",
                        up.address("evm-node")))
                .startsWith("exit 0"));
    System.out.printf(
        "restore drill: database back after %.1f s, market after %.1f s, ledger and chain equal"
            + " after %.1f s; jobs lost: 0 of %d%n",
        restored,
        running,
        (System.nanoTime() - lost) / 1e9,
        JSON.readTree(jobs).path("data").size());
    assertThat(
            buy(
                """
                {"model":"all-minilm-l6-v2","input":{"kind":"embeddings","texts":["and on"]}}\
                """))
        .contains("\"status\":\"attested\"");
  }

  /** All but the log, which is on another disk where somebody has thought of this. */
  private static void destroy(Path data) throws IOException {
    try (Stream<Path> files = Files.walk(data)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (!file.startsWith(data.resolve("pg_wal"))) {
          Files.delete(file);
        }
      }
    }
  }

  @Test
  @Order(9)
  void with_the_chain_alone_the_requester_and_the_worker_leave_with_what_is_theirs()
      throws Exception {
    Deployment market = market();
    var requester = LocalWallets.open(home().resolve("wallets/requester")).address();
    var worker = LocalWallets.open(home().resolve("wallets/worker")).address();
    up.close();
    try (var home = Home.open(home(), "a test")) {
      EvmNode node = EvmNode.start(home, Ports.free(1).getFirst(), Checkout.find());
      try {
        var chain = new LocalChain(node.address().rpcUrl());
        // Read now: batches were settled to the last moment.
        Purse purse = purse(chain, requester);
        TokenAmount earned = purse(chain, worker).earned();
        assertThat(leaves("requester", chain, market))
            .contains("the purse can be taken out from", "run this again then");
        assertThat(leaves("worker", chain, market))
            .contains("earnings of %s are paid out".formatted(earned), "the bond can be taken out");
        assertThat(leaves("requester", chain, market)).doesNotContain("announced");

        chain.pass(Duration.ofDays(2).plusMinutes(1));
        assertThat(leaves("requester", chain, market)).contains("nothing of").contains("is left");
        assertThat(leaves("worker", chain, market)).contains("the bond can be taken out");
        chain.pass(Duration.ofDays(12).plusMinutes(1));
        assertThat(leaves("worker", chain, market)).contains("nothing of").contains("is left");

        TokenContract token = market.tokenContract();
        assertThat(chain.read(token.balanceOf(requester))).isEqualTo(purse.balance());
        assertThat(chain.read(token.balanceOf(worker))).isEqualTo(GIFT.plus(earned));
      } finally {
        node.process().stop();
      }
    }
  }

  /** What the example tells a wallet that wants to leave. */
  private static String leaves(String wallet, LocalChain chain, Deployment market)
      throws Exception {
    Path beside = Files.createDirectories(folder.resolve("exit"));
    Path script = beside.resolve("exit.mjs");
    if (Files.notExists(script)) { // as after npm install
      Files.copy(Checkout.find().resolve("docs/examples/exit.mjs"), script);
      Files.createSymbolicLink(
          beside.resolve("node_modules"), Checkout.find().resolve("contracts/node_modules"));
    }
    Process node =
        new ProcessBuilder(
                "node",
                script.toString(),
                chain.rpcUrl().toString(),
                market.escrow().hex(),
                market.stake().hex(),
                home().resolve("wallets").resolve(wallet).toString())
            .redirectErrorStream(true)
            .start();
    String told = new String(node.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(node.waitFor()).as(told).isZero();
    return told;
  }

  private static Path home() {
    return folder.resolve("home");
  }

  private static LocalChain chain() throws IOException {
    return new LocalChain(URI.create(up.address("evm-node")));
  }

  private static Deployment market() throws IOException {
    return new DevelopmentContracts(home(), chain()).deployment();
  }

  private static Purse purse(String wallet) throws IOException {
    return purse(LocalWallets.open(home().resolve("wallets").resolve(wallet)).address());
  }

  private static Purse strangers() throws IOException {
    return purse(LocalWallets.open(folder.resolve("owner.hex")).address());
  }

  private static Purse purse(WalletAddress owner) throws IOException {
    return purse(chain(), owner);
  }

  private static Purse purse(LocalChain chain, WalletAddress owner) throws IOException {
    EscrowContract escrow = market().escrowContract();
    return chain.read(escrow.purse(chain.read(escrow.idOf(owner))));
  }

  private static String account(String member) throws Exception {
    return LocalApi.member(get("/api/account"), member);
  }

  private static int port() {
    Matcher port = ADDRESS.matcher(command);
    assertThat(port.find()).isTrue();
    return Integer.parseInt(port.group(1));
  }

  private static String get(String path) throws Exception {
    return read(URI.create("http://127.0.0.1:" + port() + path));
  }

  private static String read(URI address) throws Exception {
    return send(HttpRequest.newBuilder(address));
  }

  /** Answers when the job has ended, or after some minutes of a machine that has much to do. */
  private static String buy(String job) throws Exception {
    URI jobs = URI.create("http://127.0.0.1:" + port() + "/api/jobs");
    String answer =
        send(
            HttpRequest.newBuilder(jobs)
                .header("content-type", "application/json")
                .header("prefer", "wait=60")
                .header("traceparent", "00-%s-00f067aa0ba902b7-01".formatted(TRACE))
                .POST(BodyPublishers.ofString(job)));
    for (int i = 0; i < 3 && !answer.contains("\"endedAt\""); i++) {
      answer =
          send(
              HttpRequest.newBuilder(URI.create(jobs + "/" + LocalApi.member(answer, "id")))
                  .header("prefer", "wait=60"));
    }
    return answer;
  }

  private static String send(HttpRequest.Builder request) throws Exception {
    Matcher key = KEY.matcher(command);
    assertThat(key.find()).isTrue();
    return HTTP.send(
            request.header("authorization", "Bearer " + key.group(1)).build(),
            BodyHandlers.ofString())
        .body();
  }

  /** The first of an answer's vectors. */
  private static float[] vector(String answer) {
    JsonNode numbers = JSON.readTree(answer).at("/result/vectors/0");
    assertThat(numbers.isArray()).as(answer).isTrue();
    float[] values = new float[numbers.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = numbers.get(i).floatValue();
    }
    return values;
  }
}
