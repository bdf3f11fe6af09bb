package dev.assay.quickstart;

import dev.assay.determinism.Ids;
import dev.assay.protocol.Digest;
import dev.assay.protocol.LocalSigner;
import dev.assay.protocol.content.JobKind;
import dev.assay.protocol.content.ModelManifest;
import dev.assay.quickstart.bench.DatabaseWork;
import dev.assay.quickstart.bench.GatewayLoad;
import dev.assay.quickstart.bench.GatewayLoad.Way;
import dev.assay.quickstart.bench.Latencies;
import dev.assay.quickstart.bench.MarketClient;
import dev.assay.quickstart.bench.NotifyClaim;
import dev.assay.quickstart.bench.PortkeyGateway;
import dev.assay.quickstart.bench.ProtocolWorker;
import dev.assay.quickstart.bench.Report;
import dev.assay.quickstart.stack.Checkout;
import dev.assay.quickstart.stack.DatabaseLogin;
import dev.assay.quickstart.stack.PostgresAddress;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What the way through the market adds to a request of an OpenAI client. */
@Command(
    name = "gateway",
    mixinStandardHelpOptions = true,
    description = {
      "Embeddings and streamed chats asked of /v1 by 1, 16 and 64 clients at once, of the same"
          + " backend directly, and of it through Portkey's gateway (npm is needed once).",
      "The backend computes nothing: it answers, and says each further piece, after a pause."
          + " Through the market each answer is posted, leased, signed, written down and paid for.",
      "Measured is a server that has been at work for a while: before, both ways are asked for"
          + " --warmup seconds by as many clients as ask later. What the first hundred requests of"
          + " a process that has just started wait stands in rows of its own."
    })
final class BenchGateway implements Callable<Integer> {
  /** Nobody loads it. */
  private static final ModelManifest CHAT =
      new ModelManifest(
          "tiny-words",
          JobKind.CHAT,
          2048,
          List.of(
              new ModelManifest.ModelFile(
                  "tiny-words", 500, Digest.parse("0x" + "00".repeat(31) + "aa"))));

  private static final int FIRST = 100;
  private static final int GENTLE = 16;
  private static final int COMMITS = 300;
  private static final int BETWEEN_COMMITS_MILLIS = 20;

  @Mixin private BenchOptions options = new BenchOptions();

  @Option(
      names = "--seconds",
      defaultValue = "10",
      description = "how long each figure is measured; default: ${DEFAULT-VALUE}")
  private int seconds;

  @Option(
      names = "--pause",
      defaultValue = "20",
      description = "of the backend, in milliseconds; default: ${DEFAULT-VALUE}")
  private int pause;

  @Option(
      names = "--clients",
      split = ",",
      defaultValue = "1,16,64",
      description = "how many ask at once; default: ${DEFAULT-VALUE}")
  private List<Integer> clients = List.of();

  @Option(
      names = "--warmup",
      defaultValue = "90",
      description =
          "seconds of load on each way before, for the compiler to be done; default:"
              + " ${DEFAULT-VALUE}")
  private int warmup;

  @Option(names = "--workers", defaultValue = "64", description = "default: ${DEFAULT-VALUE}")
  private int workers;

  @Option(names = "--no-peers", description = "without Portkey's gateway")
  private boolean withoutPeers;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before call()
  private CommandSpec spec;

  @Override
  public Integer call() throws IOException, InterruptedException, SQLException {
    var chance = new SplittableRandom(options.seed());
    var report =
        new Report(
            "gateway, a backend that pauses for %d ms, %d s for each figure"
                .formatted(pause, seconds));
    try (var market = BenchMarket.start("gateway", withChat(ApiSetup.OF_A_SERVER))) {
      List<ProtocolWorker> asked = market.workers(workers, chance.split());
      for (ProtocolWorker worker : asked) {
        worker.offer(64, CHAT);
      }
      MarketClient requester = market.requesters(List.of(LocalSigner.create(chance))).getFirst();
      String key = requester.mintKey(List.of("jobs:write"));
      market.stopSettlement();
      try (var load = new GatewayLoad(asked, Duration.ofMillis(pause));
          PortkeyGateway portkey =
              withoutPeers
                  ? null
                  : PortkeyGateway.start(Checkout.find(), market.home().resolve("portkey.log"))) {
        // As OpenAI's clients have it.
        var through =
            new Way("the market", market.port(), key, Map.of("x-stainless-retry-count", "0"));
        Way peer = portkey == null ? null : portkey.to(load.port());
        measure(report, market, load, through, peer);
      }
      if (clients.contains(1)) {
        tellLeast(report, market, new Ids(BenchMarket.CLOCK, chance.split()));
      }
    }
    report.print(spec.commandLine().getOut(), options.json());
    return options.strict() && report.isMissed() ? 1 : 0;
  }

  private static ApiSetup withChat(ApiSetup setup) {
    String model = "MARKETPLACE_MODELS_0_";
    ModelManifest.ModelFile file = CHAT.files().getFirst();
    return setup
        .with(model + "NAME", CHAT.name())
        .with(model + "KIND", CHAT.kind().toString())
        .with(model + "CONTEXT", String.valueOf(CHAT.contextUnits()))
        .with(model + "PROFILES", "llm")
        .with(model + "METHOD", "logprob-spot")
        .with(model + "FILES_0_PATH", file.path())
        .with(model + "FILES_0_SIZE", String.valueOf(file.size()))
        .with(model + "FILES_0_SHA256", file.sha256().toString());
  }

  private void measure(
      Report report, BenchMarket bench, GatewayLoad load, Way through, @Nullable Way peer)
      throws InterruptedException, SQLException {
    DatabaseLogin owner =
        bench.stack().postgres().address().superuserLogin(PostgresAddress.DATABASE);
    var time = Duration.ofSeconds(seconds);
    List<Way> ways = peer == null ? List.of(through) : List.of(through, peer);
    tellFirst(report, load, ways);
    int most = Collections.max(clients);
    for (Way way : ways.reversed()) {
      // A process that has just started is not flooded: who waits too long for it is refused.
      for (int concurrent : List.of(Math.min(GENTLE, most), most)) {
        load.warmUp(way, concurrent, Duration.ofMillis(warmup * 500L));
      }
    }
    bench.tellRest(report, time);
    for (int concurrent : clients) {
      String at = " at %d".formatted(concurrent);
      Latencies direct = load.embeddings(load.direct(), concurrent, time);
      DatabaseWork work = DatabaseWork.of(owner);
      Usage api = bench.apiUsage();
      Usage postgres = bench.postgresUsage();
      Duration own = ownCpu();
      Latencies market = load.embeddings(through, concurrent, time);
      double each = Math.max(1, market.count());
      own = ownCpu().minus(own);
      api = bench.apiUsage().since(api);
      postgres = bench.postgresUsage().since(postgres);
      work = DatabaseWork.of(owner).since(work);
      tell(report, "embeddings" + at, direct, market, concurrent == 1);
      report.add("CPU of the API", api.micros() / each, "us/request");
      report.add("CPU of PostgreSQL", postgres.micros() / each, "us/request");
      report.add(
          "CPU of backend, workers and clients, together",
          own.toNanos() / 1e3 / each,
          "us/request");
      report.add("transactions", work.transactions() / each, "/request");
      if (peer != null) {
        Latencies portkey = load.embeddings(peer, concurrent, time);
        report.add("Portkey adds, p50", portkey.p50() - direct.p50(), "ms");
        report.add("Portkey adds, p99", portkey.p99() - direct.p99(), "ms");
        if (concurrent == 16) {
          report.atMost(
              "F4",
              "the market adds / Portkey adds, p50" + at,
              (market.p50() - direct.p50()) / (portkey.p50() - direct.p50()),
              "x",
              1);
          report.atMost(
              "F4",
              "the market adds / Portkey adds, p99" + at,
              (market.p99() - direct.p99()) / (portkey.p99() - direct.p99()),
              "x",
              1);
        }
      }
    }
    for (int concurrent : clients) {
      String at = " at %d".formatted(concurrent);
      GatewayLoad.Streamed direct = load.chats(load.direct(), concurrent, time);
      GatewayLoad.Streamed market = load.chats(through, concurrent, time);
      tell(report, "chat, first piece" + at, direct.first(), market.first(), false);
      tell(report, "chat, between pieces" + at, direct.between(), market.between(), false);
      if (peer != null) {
        GatewayLoad.Streamed portkey = load.chats(peer, concurrent, time);
        report.add(
            "Portkey adds to the first, p50", portkey.first().p50() - direct.first().p50(), "ms");
        report.add(
            "Portkey adds to the first, p99", portkey.first().p99() - direct.first().p99(), "ms");
        report.add(
            "Portkey, between pieces, p99", portkey.between().p99() - direct.between().p99(), "ms");
      }
    }
  }

  /** Asked by one client of processes that nobody has asked anything before. */
  private static void tellFirst(Report report, GatewayLoad load, List<Way> ways)
      throws InterruptedException {
    Latencies direct = load.embeddings(load.direct(), FIRST);
    for (Way way : ways) {
      Latencies first = load.embeddings(way, FIRST);
      String what =
          "first %d embeddings of a fresh process: %s adds, ".formatted(FIRST, way.name());
      report.add(what + "p50", first.p50() - direct.p50(), "ms");
      report.add(what + "p99", first.p99() - direct.p99(), "ms");
    }
  }

  /**
   * What nothing that is durable can be below: a request that another process is to have, and its
   * end, are two commits one after the other.
   */
  private static void tellLeast(Report report, BenchMarket bench, Ids ids)
      throws InterruptedException, SQLException {
    DatabaseLogin owner =
        bench.stack().postgres().address().superuserLogin(PostgresAddress.DATABASE);
    Latencies byHand = new NotifyClaim(owner, ids).run(COMMITS, BETWEEN_COMMITS_MILLIS);
    String what = "two durable commits by hand, the second by another who is told of the first, ";
    report.add(what + "p50", byHand.p50(), "ms");
    report.add(what + "p99", byHand.p99(), "ms");
  }

  /** All of this process, and nothing of those that it has started. */
  private static Duration ownCpu() {
    return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
  }

  private static void tell(
      Report report, String what, Latencies direct, Latencies market, boolean isGoal) {
    report.add(what + ": directly, p50", direct.p50(), "ms");
    report.add(what + ": directly, p99", direct.p99(), "ms");
    double p50 = market.p50() - direct.p50();
    double p99 = market.p99() - direct.p99();
    if (isGoal) {
      report.atMost("F4", what + ": the market adds, p50", p50, "ms", 2);
      report.atMost("F4", what + ": the market adds, p99", p99, "ms", 8);
    } else {
      report.add(what + ": the market adds, p50", p50, "ms");
      report.add(what + ": the market adds, p99", p99, "ms");
    }
  }
}
