package dev.assay.quickstart;

import dev.assay.determinism.Ids;
import dev.assay.protocol.JobId;
import dev.assay.protocol.LocalSigner;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.chain.EscrowContract;
import dev.assay.quickstart.bench.LifecycleLoad;
import dev.assay.quickstart.bench.MarketAudit;
import dev.assay.quickstart.bench.MarketClient;
import dev.assay.quickstart.bench.Report;
import dev.assay.quickstart.stack.ExitCode;
import dev.assay.quickstart.stack.Refusal;
import java.io.IOException;
import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;

/** What was promised is still there after a part was killed, and all of it is paid once. */
@Command(
    name = "kill",
    mixinStandardHelpOptions = true,
    description = {
      "kill -9 of API, settlement, Kafka and EVM node in turn, under load that is paid on the"
          + " chain, and a start at once as a supervisor would.",
      "Requesters and workers just ask again. Then each job that was answered with 2xx is looked"
          + " for, the database is asked whether all ended once and the money adds up, and the"
          + " contracts whether each was paid once.",
      "Exits 1 if anything was lost, or was not paid as it should."
    })
final class BenchKill implements Callable<Integer> {
  private static final int REQUESTERS = 4;
  private static final int MOST_SECONDS_TO_RECOVER = 90;
  private static final int MOST_SECONDS_TO_PAY = 300;

  private static final String UNPAID =
      """
      select count(*) from job_end e where e.outcome = 'attested'
      and not exists (select from settled_job s where s.job = e.job)
      """;

  /** What is killed. */
  enum Part {
    API,
    SETTLEMENT,
    KAFKA,
    EVM_NODE;

    static Part named(String name) {
      for (Part part : values()) {
        if (part.toString().equals(name)) {
          return part;
        }
      }
      throw new Refusal(
          ExitCode.USAGE, "--parts: %s is none of %s.".formatted(name, List.of(values())));
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  @Mixin private BenchOptions options = new BenchOptions();

  @Option(
      names = "--kills",
      defaultValue = "2",
      description = "of each part; default: ${DEFAULT-VALUE}")
  private int kills;

  @Option(
      names = "--parts",
      defaultValue = "api,settlement,kafka,evm-node",
      split = ",",
      description = "in this order; default: ${DEFAULT-VALUE}")
  private List<String> parts = List.of();

  @Option(names = "--workers", defaultValue = "8", description = "default: ${DEFAULT-VALUE}")
  private int workers;

  @Option(names = "--connections", defaultValue = "16", description = "default: ${DEFAULT-VALUE}")
  private int connections;

  @Option(
      names = "--rate",
      defaultValue = "40",
      description = "jobs a second at most; default: ${DEFAULT-VALUE}")
  private int rate;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before call()
  private CommandSpec spec;

  @Override
  public Integer call() throws IOException, InterruptedException, SQLException {
    PrintWriter out = spec.commandLine().getOut();
    List<Part> killed = parts.stream().map(Part::named).toList();
    var chance = new SplittableRandom(options.seed());
    // A lease whose answer died with the API is free again after three heartbeats. Epochs close at
    // once, so that settlement is always about something.
    var setup =
        ApiSetup.OF_A_SERVER
            .with("MARKETPLACE_DISPATCH_HEARTBEAT", "1s")
            .with("MARKETPLACE_AUDIT_EPOCHAGE", "2s")
            .with("MARKETPLACE_AUDIT_SPREAD", "1s");
    try (var market = BenchMarket.start("kill", setup);
        var load = new LifecycleLoad(new Ids(BenchMarket.CLOCK, chance.split()), 2_000)) {
      market.startWorkers(load, workers, chance.split());
      List<LocalSigner> wallets = new ArrayList<>();
      for (int i = 0; i < REQUESTERS; i++) {
        wallets.add(LocalSigner.create(chance));
      }
      List<MarketClient> requesters = market.requesters(wallets);
      market.market().makeBlocksSteadily(market.stack());
      for (int i = 0; i < connections; i++) {
        load.post(
            requesters.get(i % requesters.size()).another(),
            Duration.ofMillis(1_000L * connections / rate));
      }
      var report = new Report("kill -9 under load, seed %d".formatted(options.seed()));
      for (int i = 1; i <= kills; i++) {
        for (Part part : killed) {
          Thread.sleep(4_000 + chance.nextInt(2_000));
          long before = load.posted();
          double back = kill(part, market, load);
          report.atMost(
              part == Part.API ? "F19" : "",
              "kill %d of %s, after %,d jobs: until it works again".formatted(i, part, before),
              back,
              "s",
              part == Part.API ? 15 : 30);
        }
      }
      Thread.sleep(3_000);
      load.stopPosting();
      boolean isAnswered = load.awaitResults(60_000);
      load.close();
      report.add("jobs taken with 2xx", load.posted(), "jobs");
      report.add("questions that died or were put off, and asked again", load.refused(), "posts");
      report.atMost("", "jobs taken and never answered", isAnswered ? 0 : 1, "wrong", 0);
      boolean isWrong = !isAnswered;
      try (Connection connection = market.database()) {
        report.add("from the last answer until the last is paid", awaitPaid(connection), "s");
        long lost = lost(connection, load.taken());
        report.atMost("", "jobs taken with 2xx that are not there", lost, "lost", 0);
        isWrong |= lost > 0;
        for (var wrong : MarketAudit.of(connection).entrySet()) {
          report.atMost("", wrong.getKey(), wrong.getValue(), "wrong", 0);
          isWrong |= wrong.getValue() != 0;
        }
        long unpaid = MarketAudit.count(connection, UNPAID);
        report.atMost("", "answered jobs that are not paid", unpaid, "wrong", 0);
        long otherwise = otherwiseOnChain(market, connection, wallets);
        report.atMost("", "requesters who paid otherwise on the chain", otherwise, "wrong", 0);
        long drift = drift(market);
        report.atMost("", "differences between ledger and chain", drift, "wrong", 0);
        isWrong |= unpaid + otherwise + drift > 0;
      }
      report.print(out, options.json());
      return isWrong || options.strict() && report.isMissed() ? 1 : 0;
    }
  }

  /**
   * @return seconds from the kill until the part has done its work again
   */
  private static double kill(Part part, BenchMarket market, LifecycleLoad load)
      throws InterruptedException, SQLException {
    long killed = System.nanoTime();
    switch (part) {
      case API -> {
        market.killApi();
        market.startApi();
        long started = System.nanoTime(); // what was answered before is not its
        return await(
            killed, () -> load.lastPostNanos() > started && load.lastResultNanos() > started);
      }
      case SETTLEMENT -> market.killSettlement();
      case KAFKA -> {
        market.killKafka();
        try (Connection connection = market.database()) {
          long settled = settled(connection);
          return await(killed, () -> settled(connection) > settled);
        }
      }
      case EVM_NODE -> market.killEvmNode();
    }
    long sent = sent(market);
    return await(killed, () -> sent(market) > sent);
  }

  /** Transactions of settlement's that are in a block. */
  private static long sent(BenchMarket market) {
    WalletAddress settlement = market.market().contracts(market.chain()).settlement();
    return market.chain().minedCount(settlement);
  }

  /** Jobs of which the API has heard that they are paid: through chain, settlement and Kafka. */
  private static long settled(Connection connection) {
    try {
      return MarketAudit.count(connection, "select count(*) from settled_job");
    } catch (SQLException e) {
      throw new IllegalStateException("counting what is paid", e);
    }
  }

  private static double await(long since, BooleanSupplier isBack) throws InterruptedException {
    while (!isBack.getAsBoolean()) {
      if (System.nanoTime() - since > MOST_SECONDS_TO_RECOVER * 1_000_000_000L) {
        return Double.POSITIVE_INFINITY;
      }
      Thread.sleep(50);
    }
    return (System.nanoTime() - since) / 1e9;
  }

  private static double awaitPaid(Connection connection) throws SQLException, InterruptedException {
    long since = System.nanoTime();
    for (int i = 0; i < MOST_SECONDS_TO_PAY * 2; i++) {
      if (MarketAudit.count(connection, UNPAID) == 0) {
        return (System.nanoTime() - since) / 1e9;
      }
      Thread.sleep(500);
    }
    return Double.POSITIVE_INFINITY;
  }

  private static long otherwiseOnChain(
      BenchMarket market, Connection connection, List<LocalSigner> wallets) throws SQLException {
    LocalChain chain = market.chain();
    EscrowContract escrow = market.contracts().escrowContract();
    long otherwise = 0;
    for (LocalSigner wallet : wallets) {
      long owed =
          MarketAudit.count(
              connection,
              """
              select coalesce(sum(e.price), 0) from job_end e join job j on j.id = e.job
              where e.outcome = 'attested' and j.requester = '%s'
              """
                  .formatted(wallet.address()));
      TokenAmount spent =
          chain.read(escrow.purse(chain.read(escrow.idOf(wallet.address())))).spent();
      otherwise += spent.equals(TokenAmount.of(owed)) ? 0 : 1;
    }
    return otherwise;
  }

  /** 1 if nothing was compared. */
  private static long drift(BenchMarket market) {
    return market
        .reserves()
        .map(told -> (long) JsonMapper.shared().readTree(told).path("drift").size())
        .orElse(1L);
  }

  private static long lost(Connection connection, List<String> ids) throws SQLException {
    try (var statement =
        connection.prepareStatement(
            """
            select count(*) from unnest(?::uuid[]) as taken (id)
            where not exists (select from marketplace.job where job.id = taken.id)
            """)) {
      statement.setArray(
          1,
          connection.createArrayOf(
              "text", ids.stream().map(id -> JobId.parse(id).uuid().toString()).toArray()));
      try (var rows = statement.executeQuery()) {
        rows.next();
        return rows.getLong(1);
      }
    }
  }
}
