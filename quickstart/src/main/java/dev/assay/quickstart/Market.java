package dev.assay.quickstart;

import dev.assay.protocol.LocalSigner;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.content.UnitPrice;
import dev.assay.quickstart.bench.OneQuestion;
import dev.assay.quickstart.bench.baseline.BaselineApplication;
import dev.assay.quickstart.cheat.Cheat;
import dev.assay.quickstart.cheat.CheatingWorker;
import dev.assay.quickstart.stack.ChildProcess;
import dev.assay.quickstart.stack.ChildSpec;
import dev.assay.quickstart.stack.DatabaseLogin;
import dev.assay.quickstart.stack.DatabaseRole;
import dev.assay.quickstart.stack.EvmNode;
import dev.assay.quickstart.stack.ExitCode;
import dev.assay.quickstart.stack.Home;
import dev.assay.quickstart.stack.JvmCommand;
import dev.assay.quickstart.stack.KafkaServer;
import dev.assay.quickstart.stack.Ports;
import dev.assay.quickstart.stack.Readiness;
import dev.assay.quickstart.stack.Refusal;
import dev.assay.quickstart.stack.Stack;
import dev.assay.quickstart.stack.StopSignal;
import dev.assay.quickstart.stack.Supervision;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/**
 * All of Assay on this machine: the servers, then the API and settlement, then one worker, each a
 * process of its own, configured as in a deployment.
 */
final class Market {
  private static final Duration READY_WITHIN = Duration.ofSeconds(90);
  private static final String API_MIGRATION = "dev.assay.marketplace.platform.SchemaMigration";
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  /** Told of each step that is done. */
  @FunctionalInterface
  interface Progress {
    void done(String what);
  }

  private final Supervision supervision;
  private final Path checkout;
  private final MarketPorts ports;
  private final StartupCache cache;
  private final Progress progress;
  private @Nullable Faucet faucet;

  Market(
      Supervision supervision,
      Path checkout,
      MarketPorts ports,
      StartupCache cache,
      Progress progress) {
    this.supervision = supervision;
    this.checkout = checkout;
    this.ports = ports;
    this.cache = cache;
    this.progress = progress;
  }

  Stack startServers() {
    var stack = Stack.start(supervision.home(), ports.servers(), checkout);
    supervision.add(stack);
    progress.done("PostgreSQL, Kafka and the EVM node");
    LocalChain chain = chain(stack);
    contracts(chain).deploy();
    faucet = Faucet.of(supervision.home().directory(), chain);
    Thread.ofVirtual().name("block-maker").start(new BlockMaker(chain));
    progress.done("contracts");
    return stack;
  }

  /** Kills the broker and starts another on what it has kept, as a supervisor would. */
  Stack restartKafka(Stack stack) {
    stack.kafka().process().kill();
    var ports = this.ports.servers();
    var kafka = KafkaServer.start(supervision.home(), ports.kafka(), ports.kafkaController());
    supervision.add(kafka.process());
    return new Stack(stack.postgres(), kafka, stack.evmNode());
  }

  /**
   * Kills the EVM node and starts another on what it has kept: it saves once a second, so blocks of
   * the last second may be lost, as in a reorganisation.
   */
  Stack restartEvmNode(Stack stack) {
    stack.evmNode().process().kill();
    var node = EvmNode.start(supervision.home(), ports.servers().evmNode(), checkout);
    supervision.add(node.process());
    return new Stack(stack.postgres(), stack.kafka(), node);
  }

  void startServices(Stack stack) {
    startServices(stack, ApiSetup.OF_A_DEVELOPER);
  }

  void startServices(Stack stack, ApiSetup setup) {
    together(() -> startApi(stack, setup), () -> startSettlement(stack));
  }

  ChildProcess startApi(Stack stack) {
    return startApi(stack, ApiSetup.OF_A_DEVELOPER);
  }

  ChildProcess startApi(Stack stack, ApiSetup setup) {
    return startApi(Service.API.label(), stack, setup, ports.api(), ports.apiManagement());
  }

  /**
   * Another process of the API on the same database.
   *
   * @param name of its log
   */
  ChildProcess startApi(String name, Stack stack, ApiSetup setup, int port, int managementPort) {
    Map<String, String> environment = apiEnvironment(stack);
    environment.putAll(setup.settings());
    environment.put("SERVER_PORT", String.valueOf(port));
    environment.put("MANAGEMENT_SERVER_PORT", String.valueOf(managementPort));
    List<String> options = new ArrayList<>(cache.options(Service.API, checkout));
    options.addAll(setup.jvmOptions());
    return startService(name, Service.API, environment, options, managementPort);
  }

  ChildProcess startSettlement(Stack stack) {
    return startSettlement(stack, Map.of());
  }

  /**
   * @param settings that it is given beside its own
   */
  ChildProcess startSettlement(Stack stack, Map<String, String> settings) {
    Map<String, String> environment = settlementEnvironment(stack);
    environment.putAll(settings);
    return startService(
        Service.SETTLEMENT.label(),
        Service.SETTLEMENT,
        environment,
        cache.options(Service.SETTLEMENT, checkout),
        ports.settlement());
  }

  /**
   * Has a worker bonded and its session key bound, on the chain; what is done already is not done
   * again.
   *
   * @param name of its log, of its home and of its owner's wallet
   */
  void bond(String name) {
    bond(name, DevelopmentAccounts.GIFT);
  }

  void bond(String name, TokenAmount amount) {
    accounts().bond(wallets().open(name), sessionKey(name), amount);
  }

  /** For whom the worker of that name works. */
  WalletAddress owner(String name) {
    return wallets().open(name).address();
  }

  /** Returns when the API has heard of the worker's bond, for which settlement must run. */
  void awaitBonded(String name) {
    accounts().awaitBound(sessionKey(name));
  }

  /** As {@code assay reconcile} does: 0 if ledger and chain are equal. */
  int reconcile(LocalChain chain) {
    return reconcile(chain, new PrintWriter(Writer.nullWriter()));
  }

  /**
   * @param out where it is told
   */
  int reconcile(LocalChain chain, PrintWriter out) {
    return new CommandLine(new ReconcileCommand())
        .setOut(out)
        .execute(
            "--settlement",
            "http://127.0.0.1:" + ports.settlement(),
            "--rpc",
            chain.rpcUrl().toString());
  }

  /** Whether nothing keeps settlement from sending. */
  boolean settlementSends() {
    URI reserves =
        URI.create("http://127.0.0.1:%d/api/proof-of-reserves".formatted(ports.settlement()));
    try {
      return HTTP.send(HttpRequest.newBuilder(reserves).build(), BodyHandlers.ofString())
          .body()
          .contains("\"halts\":{}");
    } catch (IOException notYet) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Refusal(ExitCode.SOFTWARE, "Stopped while settlement was starting.", e);
    }
  }

  /** One that is as the agent's defaults have it. */
  ChildProcess startWorker(String name) {
    return startWorker(name, List.of());
  }

  /**
   * @param name of a worker that is bonded
   * @param options of the agent's {@code up}
   */
  ChildProcess startWorker(String name, List<String> options) {
    Path workerHome = supervision.home().resolve(name);
    Path status = workerHome.resolve("status.json");
    try {
      Files.deleteIfExists(status); // an earlier run's would be taken for this one's
    } catch (IOException e) {
      throw new UncheckedIOException("removing " + status, e);
    }
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "up",
                "--market",
                "http://127.0.0.1:" + ports.api(),
                "--home",
                workerHome.toString(),
                "--worker",
                owner(name).hex()));
    arguments.addAll(options);
    var worker =
        supervision.startGuest(
            spec(
                name,
                jvm(Service.WORKER, cache.selfMade(Service.WORKER.label()), arguments),
                Map.of("ASSAY_RUNTIME", "none"), // what runs beside it is not its business
                Readiness.whenExists(status)));
    progress.done(name);
    return worker;
  }

  /**
   * A JVM as the agent's that asks the market one question.
   *
   * @param answered made when it has the answer; from then on it waits to be stopped
   */
  ChildProcess startOneQuestion(Path answered) {
    List<String> options = new ArrayList<>(Service.WORKER.jvmOptions(checkout));
    options.addAll(cache.selfMade("one-question"));
    var command =
        new JvmCommand(
            "one-question",
            JvmCommand.currentClassPath().split(File.pathSeparator, 2)[0],
            OneQuestion.class.getName(),
            Service.WORKER.heapMegabytes(),
            options,
            List.of("http://127.0.0.1:%d/api/market".formatted(ports.api()), answered.toString()));
    return supervision.startGuest(
        new ChildSpec(
            "one-question",
            command.in(supervision.home()),
            0,
            Map.of(),
            StopSignal.TERM,
            Readiness.whenExists(answered),
            READY_WITHIN));
  }

  /**
   * A worker that is the agent but for its model.
   *
   * @param name of a worker that is bonded
   * @param answers where those that show each other their answers do so
   * @param ask for a million tokens, in atomic units
   */
  ChildProcess startCheat(String name, Cheat cheat, Path answers, UnitPrice ask) {
    Path workerHome = supervision.home().resolve(name);
    var command =
        new JvmCommand(
            name,
            CheatingWorker.classPath(Service.WORKER.classPath(checkout)),
            CheatingWorker.class.getName(),
            Service.WORKER.heapMegabytes(),
            List.of(),
            List.of(
                "http://127.0.0.1:" + ports.api(),
                workerHome.toString(),
                owner(name).hex(),
                cheat.name(),
                answers.toString(),
                ask.perMillion().toString()));
    var worker =
        supervision.startGuest(
            new ChildSpec(
                name,
                command.in(supervision.home()),
                0,
                Map.of(),
                StopSignal.TERM,
                Readiness.whenExists(workerHome.resolve("status.json")),
                READY_WITHIN));
    progress.done(name);
    return worker;
  }

  /** Runs another of the agent's commands to its end and answers what it printed. */
  String runWorker(List<String> arguments) throws IOException, InterruptedException {
    return run(
        jvm(Service.WORKER, List.of(), arguments),
        Map.of(),
        "The worker could not " + arguments.getFirst());
  }

  /** Makes the API's schema, as a deployment does before the API starts. */
  void migrateApi(Stack stack) throws IOException, InterruptedException {
    run(
        new JvmCommand(
            "api-migration",
            Service.API.classPath(checkout),
            API_MIGRATION,
            Service.API.heapMegabytes(),
            List.of(),
            List.of()),
        apiEnvironment(stack),
        "The schema of the API could not be made");
  }

  private String run(JvmCommand command, Map<String, String> environment, String otherwise)
      throws IOException, InterruptedException {
    var builder = new ProcessBuilder(command.in(supervision.home())).redirectErrorStream(true);
    builder.environment().putAll(environment);
    Process process = builder.start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new Refusal(ExitCode.SOFTWARE, otherwise + ": " + printed);
    }
    return printed;
  }

  /** A program of ours that is neither a server nor the agent: a load, a misbehaving worker. */
  ChildProcess startProgram(String name, Class<?> program, List<String> arguments) {
    var command =
        new JvmCommand(
            name, JvmCommand.currentClassPath(), program.getName(), 64, List.of(), arguments);
    return supervision.start(
        new ChildSpec(
            name,
            command.in(supervision.home()),
            0,
            Map.of(),
            StopSignal.TERM,
            () -> true,
            READY_WITHIN));
  }

  /** The web server of the API without a market, beside which the API is measured. */
  ChildProcess startBaseline(String name, int port, DatabaseLogin login) {
    List<String> options = new ArrayList<>(ApiSetup.OF_A_SERVER.jvmOptions());
    var command =
        new JvmCommand(
            name,
            JvmCommand.currentClassPath(),
            BaselineApplication.class.getName(),
            Service.API.heapMegabytes(),
            options,
            List.of());
    return supervision.start(
        new ChildSpec(
            name,
            command.in(supervision.home()),
            port,
            Map.of(
                "SERVER_PORT",
                String.valueOf(port),
                "SERVER_ADDRESS",
                "127.0.0.1",
                "SPRING_THREADS_VIRTUAL_ENABLED",
                "true",
                "SPRING_JPA_OPEN_IN_VIEW",
                "false",
                "SPRING_DATASOURCE_URL",
                login.jdbcUrl(),
                "SPRING_DATASOURCE_USERNAME",
                login.username(),
                "SPRING_DATASOURCE_PASSWORD",
                login.password(),
                "SPRING_DATASOURCE_HIKARI_MAXIMUM_POOL_SIZE",
                "20"),
            StopSignal.TERM,
            Readiness.whenOk(HTTP, URI.create("http://127.0.0.1:%d/ready".formatted(port))),
            READY_WITHIN));
  }

  DevelopmentAccounts accounts() {
    return new DevelopmentAccounts(
        new LocalApi(ports.api()), faucet(), supervision.home().directory());
  }

  Faucet faucet() {
    return Objects.requireNonNull(faucet, "the servers are not started");
  }

  private LocalWallets wallets() {
    return new LocalWallets(supervision.home().directory());
  }

  private LocalSigner sessionKey(String name) {
    try {
      return LocalKeystore.ofWorker(supervision.home().resolve(name)).openOrMake();
    } catch (IOException e) {
      throw new UncheckedIOException("making the key of " + name, e);
    }
  }

  /** Makes the start-up caches that are missing; a start without them is only slower. */
  void makeCaches(Stack stack) {
    together(
        () -> makeCache(Service.API, apiEnvironment(stack)),
        () -> makeCache(Service.SETTLEMENT, settlementEnvironment(stack)));
  }

  /** On ports of its own, because the service itself may run. */
  private boolean makeCache(Service service, Map<String, String> environment) {
    List<Integer> free = Ports.free(2);
    Map<String, String> elsewhere = new HashMap<>(environment);
    elsewhere.put("SERVER_PORT", free.getFirst().toString());
    boolean isManagedApart =
        elsewhere.replace("MANAGEMENT_SERVER_PORT", free.getLast().toString()) != null;
    var training =
        spec(
            service.label() + "-training",
            jvm(service, cache.trainingOptions(service, checkout), List.of()),
            elsewhere,
            whenReady(isManagedApart ? free.getLast() : free.getFirst()));
    return cache.make(service, checkout, supervision.home(), training);
  }

  private ChildProcess startService(
      String name,
      Service service,
      Map<String, String> environment,
      List<String> options,
      int managementPort) {
    var process =
        supervision.start(
            spec(name, jvm(service, options, List.of()), environment, whenReady(managementPort)));
    progress.done(name);
    return process;
  }

  private static Readiness whenReady(int managementPort) {
    return Readiness.whenOk(
        HTTP,
        URI.create("http://127.0.0.1:%d/actuator/health/readiness".formatted(managementPort)));
  }

  private ChildSpec spec(
      String name, JvmCommand command, Map<String, String> environment, Readiness readiness) {
    return new ChildSpec(
        name,
        command.in(supervision.home()),
        0, // Spring names the port it cannot have
        environment,
        StopSignal.TERM,
        readiness,
        READY_WITHIN);
  }

  private JvmCommand jvm(Service service, List<String> options, List<String> arguments) {
    return new JvmCommand(
        service.label(),
        service.classPath(checkout),
        service.mainClass(),
        service.heapMegabytes(),
        Stream.concat(service.jvmOptions(checkout).stream(), options.stream()).toList(),
        arguments);
  }

  private Map<String, String> apiEnvironment(Stack stack) {
    Map<String, String> environment = serviceEnvironment(stack, DatabaseRole.MARKETPLACE);
    environment.put("SERVER_PORT", String.valueOf(ports.api()));
    environment.put("MANAGEMENT_SERVER_PORT", String.valueOf(ports.apiManagement()));
    environment.put(
        "MARKETPLACE_AUDIT_PURSE",
        DevelopmentAccounts.auditor(supervision.home().directory()).hex());
    // A deployment saves gas by patience. Here somebody waits to see its job paid, and gas is free.
    environment.put("MARKETPLACE_AUDIT_EPOCHAGE", "10s");
    environment.put("MARKETPLACE_AUDIT_SPREAD", "5s");
    environment.putAll(new DevelopmentIssuer(supervision.home().directory()).environment());
    environment.put("MARKETPLACE_ADMIN_SETTLEMENT_URL", "http://127.0.0.1:" + ports.settlement());
    return environment;
  }

  static LocalChain chain(Stack stack) {
    return new LocalChain(stack.evmNode().address().rpcUrl());
  }

  DevelopmentContracts contracts(LocalChain chain) {
    return new DevelopmentContracts(supervision.home().directory(), chain);
  }

  private Map<String, String> settlementEnvironment(Stack stack) {
    Map<String, String> environment = serviceEnvironment(stack, DatabaseRole.SETTLEMENT);
    environment.putAll(contracts(chain(stack)).environment());
    environment.put("SERVER_PORT", String.valueOf(ports.settlement()));
    environment.put("SETTLEMENT_CHAIN_RPCURLS", stack.evmNode().address().rpcUrl().toString());
    environment.put("SETTLEMENT_BATCH_CLOSEAFTER", "5s"); // as the age of epochs above
    environment.put("SETTLEMENT_BATCH_DUST", "0");
    return environment;
  }

  private Map<String, String> serviceEnvironment(Stack stack, DatabaseRole role) {
    DatabaseLogin login = stack.postgres().address().login(role);
    var environment = new HashMap<>(new EventSecret(supervision.home().directory()).environment());
    environment.put("SPRING_DATASOURCE_URL", login.jdbcUrl());
    environment.put("SPRING_DATASOURCE_USERNAME", login.username());
    environment.put("SPRING_DATASOURCE_PASSWORD", login.password());
    environment.put("SPRING_KAFKA_BOOTSTRAP_SERVERS", stack.kafka().bootstrapServers());
    environment.put("SERVER_ADDRESS", "127.0.0.1");
    return environment;
  }

  private static void together(Runnable first, Runnable second) {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> both = List.of(threads.submit(first), threads.submit(second));
      for (Future<?> one : both) {
        one.get();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Refusal(ExitCode.SOFTWARE, "Stopped while the services were starting.", e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause
          ? cause
          : new IllegalStateException("starting a service", e.getCause());
    }
  }

  Home home() {
    return supervision.home();
  }
}
