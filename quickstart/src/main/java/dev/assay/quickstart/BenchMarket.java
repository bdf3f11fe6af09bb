package dev.assay.quickstart;

import dev.assay.protocol.Domain;
import dev.assay.protocol.LocalSigner;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.deploy.Deployment;
import dev.assay.quickstart.bench.DatabaseWork;
import dev.assay.quickstart.bench.HttpConnection;
import dev.assay.quickstart.bench.LifecycleLoad;
import dev.assay.quickstart.bench.MarketClient;
import dev.assay.quickstart.bench.ProtocolWorker;
import dev.assay.quickstart.bench.Report;
import dev.assay.quickstart.stack.Checkout;
import dev.assay.quickstart.stack.ChildProcess;
import dev.assay.quickstart.stack.DatabaseLogin;
import dev.assay.quickstart.stack.DatabaseRole;
import dev.assay.quickstart.stack.Home;
import dev.assay.quickstart.stack.Ports;
import dev.assay.quickstart.stack.PostgresAddress;
import dev.assay.quickstart.stack.Stack;
import dev.assay.quickstart.stack.Supervision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A market to measure: real servers, durable, in a home of its own that is deleted afterwards, and
 * an API as on a server.
 */
final class BenchMarket implements AutoCloseable {
  static final Clock CLOCK = Clock.systemUTC();

  private static final String REQUESTS = "http_server_requests_seconds_count";
  private static final TokenAmount PURSE = TokenAmount.of(1_000_000_000_000_000L);
  private static final TokenAmount STAKE = TokenAmount.of(1_000_000_000_000L);

  private final Path temporary;
  private final Supervision supervision;
  private final Market market;
  private Stack stack;
  private final MarketPorts ports;
  private ApiSetup setup = ApiSetup.OF_A_SERVER;
  private @Nullable ChildProcess api;
  private @Nullable ChildProcess settlement;

  private BenchMarket(
      Path temporary, Supervision supervision, Market market, Stack stack, MarketPorts ports) {
    this.temporary = temporary;
    this.supervision = supervision;
    this.market = market;
    this.stack = stack;
    this.ports = ports;
  }

  static BenchMarket start(String purpose, ApiSetup setup) throws IOException {
    BenchMarket started = withoutApi(purpose);
    try {
      started.startApi(setup);
      return started;
    } catch (RuntimeException refusal) {
      started.close();
      throw refusal;
    }
  }

  /** With the servers only; {@link #startApi} does the rest. */
  static BenchMarket withoutApi(String purpose) throws IOException {
    Path checkout = Checkout.find();
    Path temporary = Files.createTempDirectory("assay-bench-");
    var ports = MarketPorts.with(Ports.free(1).getFirst());
    var supervision =
        Supervision.of(Home.open(temporary.resolve("home"), "assay bench " + purpose));
    try {
      var market = new Market(supervision, checkout, ports, StartupCache.of(checkout), part -> {});
      return new BenchMarket(temporary, supervision, market, market.startServers(), ports);
    } catch (RuntimeException refusal) {
      supervision.close();
      Home.delete(temporary.resolve("home"));
      throw refusal;
    }
  }

  int port() {
    return ports.api();
  }

  int managementPort() {
    return ports.apiManagement();
  }

  /** What the API tells of itself; 0 if it does not tell it. */
  double gauge(String name) {
    return gauge(ports.apiManagement(), name);
  }

  /** How many the first process of the API has answered. */
  double requests() {
    return gauge(REQUESTS);
  }

  private static double gauge(int managementPort, String name) {
    try (var metrics = new HttpConnection(managementPort, Duration.ofSeconds(10))) {
      return metrics
          .send("GET", "/actuator/prometheus", "", new byte[0])
          .text()
          .lines()
          .filter(line -> line.startsWith(name + "{"))
          .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
          .sum();
    } catch (IOException away) {
      return 0;
    }
  }

  Market market() {
    return market;
  }

  Stack stack() {
    return stack;
  }

  Home home() {
    return supervision.home();
  }

  /** Without the API the schema is there, and nobody uses it. */
  void migrateApi() throws IOException, InterruptedException {
    market.migrateApi(stack);
  }

  void killApi() {
    api().kill();
  }

  void stopApi() {
    api().stop();
  }

  /** As it was started last. */
  void startApi() {
    startApi(setup);
  }

  void startApi(ApiSetup other) {
    setup = other;
    api = market.startApi(stack, setup);
  }

  /** More processes of the API, set up as the first. */
  List<Replica> startReplicas(int count) {
    List<Replica> replicas = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      List<Integer> free = Ports.free(2);
      replicas.add(
          new Replica(
              free.getFirst(),
              free.getLast(),
              market.startApi("api-" + (i + 2), stack, setup, free.getFirst(), free.getLast())));
    }
    return replicas;
  }

  /** A process of the API beside the first. */
  record Replica(int port, int managementPort, ChildProcess process) {
    double requests() {
      return BenchMarket.gauge(managementPort, REQUESTS);
    }

    Usage usage() {
      return BenchMarket.usage(process);
    }

    Duration compilers() {
      return BenchMarket.compilers(process);
    }

    void stop() {
      process.stop();
    }
  }

  private ChildProcess api() {
    return Objects.requireNonNull(api, "the API is not started");
  }

  Usage apiUsage() {
    return usage(api());
  }

  /** CPU of the API's compilers. */
  Duration apiCompilers() {
    return compilers(api());
  }

  Usage postgresUsage() {
    return usage(stack.postgres().process());
  }

  static Usage usage(ChildProcess process) {
    return ProcessHandle.of(process.pid()).map(Usage::of).orElseThrow();
  }

  /**
   * What it takes with every worker waiting and nobody asking anything of it: what is counted for a
   * few requests has that in it.
   */
  void tellRest(Report report, Duration time) throws InterruptedException, SQLException {
    DatabaseLogin owner = stack.postgres().address().superuserLogin(PostgresAddress.DATABASE);
    DatabaseWork work = DatabaseWork.of(owner);
    Usage api = apiUsage();
    Usage postgres = postgresUsage();
    Thread.sleep(time);
    double seconds = time.toMillis() / 1e3;
    report.add("at rest: CPU of the API", apiUsage().since(api).micros() / 1e3 / seconds, "ms/s");
    report.add(
        "at rest: CPU of PostgreSQL",
        postgresUsage().since(postgres).micros() / 1e3 / seconds,
        "ms/s");
    report.add(
        "at rest: transactions", DatabaseWork.of(owner).since(work).transactions() / seconds, "/s");
  }

  private static Duration compilers(ChildProcess process) {
    return ProcessHandle.of(process.pid()).map(Usage::ofCompilers).orElseThrow();
  }

  Connection database() throws SQLException {
    return stack.postgres().address().login(DatabaseRole.MARKETPLACE).connect();
  }

  Domain court() throws IOException {
    try (var anybody = new MarketClient(port())) {
      return ProtocolWorker.courtOf(anybody);
    }
  }

  /** Requesters with money, signed in. */
  List<MarketClient> requesters(int count, RandomGenerator chance) throws IOException {
    List<LocalSigner> wallets = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      wallets.add(LocalSigner.create(chance));
    }
    return requesters(wallets);
  }

  /** As many requesters, each with money in its purse, of which the API has heard. */
  List<MarketClient> requesters(List<LocalSigner> wallets) throws IOException {
    startSettlement();
    for (LocalSigner wallet : wallets) {
      market.faucet().deposit(wallet, PURSE);
    }
    List<MarketClient> requesters = new ArrayList<>();
    for (LocalSigner wallet : wallets) {
      var client = new MarketClient(port()).signInAsRequester(wallet, CLOCK);
      client.awaitMoney();
      requesters.add(client);
    }
    return requesters;
  }

  /** Workers of a protocol's kind, bonded, signed in and offering. */
  List<ProtocolWorker> workers(int count, RandomGenerator chance) throws IOException {
    Domain court = court();
    List<LocalSigner> keys = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      keys.add(LocalSigner.create(chance));
    }
    bond(keys);
    List<ProtocolWorker> workers = new ArrayList<>();
    for (LocalSigner key : keys) {
      workers.add(new ProtocolWorker(port(), key, court, CLOCK).signIn().offer(64));
    }
    return workers;
  }

  /** Bonds for the owners of these session keys; returns when the API has heard of all. */
  void bond(List<LocalSigner> keys) throws IOException {
    startSettlement();
    for (LocalSigner key : keys) {
      market.faucet().enrol(ProtocolWorker.ownerOf(key), key, STAKE);
    }
    try (var anybody = new MarketClient(port())) {
      for (LocalSigner key : keys) {
        anybody.awaitBound(key, CLOCK);
      }
    }
  }

  /** The real agent's, by their names. */
  void bondAgents(List<String> names) {
    startSettlement();
    names.forEach(market::bond);
    names.forEach(market::awaitBonded);
  }

  /** From it the API hears what the faucet gives. */
  private void startSettlement() {
    if (settlement == null) {
      settlement = market.startSettlement(stack);
    }
  }

  void killSettlement() {
    Objects.requireNonNull(settlement, "settlement does not run").kill();
    settlement = market.startSettlement(stack);
  }

  void killKafka() {
    stack = market.restartKafka(stack);
  }

  void killEvmNode() {
    stack = market.restartEvmNode(stack);
    makeBlocksSteadily();
  }

  /** From now on transactions wait for blocks, of which one comes a second. */
  void makeBlocksSteadily() {
    chain().stopMiningByItself();
  }

  /** Where the contracts are. */
  Deployment contracts() {
    return market.contracts(chain()).deployment();
  }

  LocalChain chain() {
    return Market.chain(stack);
  }

  /** What settlement tells of the reserves; nothing while it has not compared any. */
  Optional<String> reserves() {
    try (var http = new HttpConnection(ports.settlement(), Duration.ofSeconds(10))) {
      var answer = http.send("GET", "/api/proof-of-reserves", "", new byte[0]);
      return answer.status() == 200 ? Optional.of(answer.text()) : Optional.empty();
    } catch (IOException away) {
      return Optional.empty();
    }
  }

  /** When everyone has money and stake, the market alone can be measured. */
  void stopSettlement() {
    if (settlement != null) {
      settlement.stop();
      settlement = null;
    }
  }

  void startWorkers(LifecycleLoad load, int count, RandomGenerator chance) throws IOException {
    workers(count, chance).forEach(load::work);
  }

  @Override
  public void close() {
    supervision.close();
    Home.delete(temporary.resolve("home"));
    temporary.toFile().delete();
  }
}
