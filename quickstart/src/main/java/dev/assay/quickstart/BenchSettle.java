package dev.assay.quickstart;

import dev.assay.protocol.Digest;
import dev.assay.protocol.LocalSigner;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.chain.Fees;
import dev.assay.protocol.chain.Receipt;
import dev.assay.protocol.chain.SignedTransaction;
import dev.assay.protocol.chain.Transaction;
import dev.assay.protocol.deploy.Deployment;
import dev.assay.quickstart.bench.Report;
import dev.assay.quickstart.bench.SettleLoad;
import dev.assay.quickstart.stack.Checkout;
import dev.assay.quickstart.stack.ChildProcess;
import dev.assay.quickstart.stack.Home;
import dev.assay.quickstart.stack.Ports;
import dev.assay.quickstart.stack.Stack;
import dev.assay.quickstart.stack.Supervision;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What settling costs and how fast it goes, beside one token transfer for each job. */
@Command(
    name = "settle",
    mixinStandardHelpOptions = true,
    description = {
      "Settlement itself, fed through Kafka, on a chain that makes a block a second.",
      "Each number of jobs is one batch; then as many transfers of the token are sent, on the same"
          + " chain. Both are timed until they are final."
    })
final class BenchSettle implements Callable<Integer> {
  /** The load speaks for the market and does not have its secret. */
  private static final String MAC_REQUIRED = "MESSAGING_MACREQUIRED";

  private static final int REQUESTERS = 50;
  private static final int WORKERS = 20;
  private static final int GOAL_JOBS = 10_000;
  private static final int MOST = 10_000;

  /** Blocks on top of one that is final. */
  private static final int FINAL_AFTER = 2;

  private static final Duration POLL = Duration.ofMillis(20);

  @Mixin private BenchOptions options = new BenchOptions();

  @Option(
      names = "--jobs",
      split = ",",
      defaultValue = "10,100,1000,10000",
      paramLabel = "NUMBER",
      description = "of each batch; default: ${DEFAULT-VALUE}")
  private List<Integer> sizes = List.of();

  private double gasOfJob;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before call()
  private CommandSpec spec;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (sizes.stream().anyMatch(n -> n < 1 || n > MOST)) {
      throw new ParameterException(spec.commandLine(), "A batch has 1 to %d jobs".formatted(MOST));
    }
    PrintWriter out = spec.commandLine().getOut();
    var report = new Report("settling, a block a second");
    Path checkout = Checkout.find();
    Path temporary = Files.createTempDirectory("assay-bench-");
    Path home = temporary.resolve("home");
    try (var supervision = Supervision.of(Home.open(home, "assay bench settle"))) {
      measure(supervision, checkout, report);
    } finally {
      if (Home.isHome(home)) {
        Home.delete(home);
      }
      temporary.toFile().delete();
    }
    report.print(out, options.json());
    return options.strict() && report.isMissed() ? 1 : 0;
  }

  private void measure(Supervision supervision, Path checkout, Report report)
      throws InterruptedException {
    var ports = MarketPorts.with(Ports.free(1).getFirst());
    var market = new Market(supervision, checkout, ports, StartupCache.of(checkout), part -> {});
    var stack = Stack.start(supervision.home(), ports.servers(), checkout);
    supervision.add(stack);
    var chain = new LocalChain(stack.evmNode().address().rpcUrl());
    var contracts = new DevelopmentContracts(supervision.home().directory(), chain);
    contracts.deploy();
    Deployment deployment = contracts.deployment();
    RandomGenerator chance = new SplittableRandom(options.seed());
    List<LocalSigner> requesters = wallets(chain, REQUESTERS, chance);
    List<LocalSigner> workers = wallets(chain, WORKERS, chance);
    try (var load =
        new SettleLoad(
            chain, deployment, stack.kafka().bootstrapServers(), chance, BenchMarket.CLOCK)) {
      load.join(requesters, workers, sizes.stream().mapToInt(n -> n).sum());
      chain.mineEvery(Duration.ofSeconds(1));
      ChildProcess settlement = market.startSettlement(stack, Map.of(MAC_REQUIRED, "false"));
      load.seal();
      Digest seal = load.sealAnother();
      settlement.stop();
      report.atMost("seal", "gas of a seal", receipt(chain, seal).gasUsed(), "gas", 70_000);
      for (int jobs : sizes) {
        batch(jobs, load, market, stack, chain, report);
        transfers(jobs, requesters, workers.getFirst().address(), deployment, chain, report);
      }
    }
  }

  private void batch(
      int jobs, SettleLoad load, Market market, Stack stack, LocalChain chain, Report report)
      throws InterruptedException {
    ChildProcess settlement =
        market.startSettlement(
            stack,
            Map.of(
                "SETTLEMENT_BATCH_CLOSEAT",
                "" + jobs,
                "SETTLEMENT_BATCH_CLOSEAFTER",
                "15m",
                MAC_REQUIRED,
                "false"));
    awaitReadyToSend(market);
    SettleLoad.Settled settled = load.settle(jobs);
    int drift = market.reconcile(chain);
    settlement.stop();
    long gas =
        settled.transactions().stream().mapToLong(hash -> receipt(chain, hash).gasUsed()).sum();
    gasOfJob = (double) gas / jobs;
    String of = "%,d jobs, %d parties: ".formatted(jobs, parties(jobs));
    report.add(of + "settled, end to end", jobs / settled.seconds(), "jobs/s");
    report.add(of + "time", settled.seconds(), "s");
    report.atMost("M12", of + "exit code of reconcile", drift, "", 0);
    if (jobs == GOAL_JOBS) {
      report.atMost("F7", of + "gas", gasOfJob, "gas/job", 52);
      report.atMost("F7", of + "transactions", settled.transactions().size(), "", 1);
    } else {
      report.add(of + "gas", gasOfJob, "gas/job");
      report.add(of + "transactions", settled.transactions().size(), "");
    }
  }

  /** A start is not what is measured. */
  private static void awaitReadyToSend(Market market) {
    while (!market.settlementSends()) {
      LockSupport.parkNanos(POLL.toNanos());
    }
  }

  private static int parties(int jobs) {
    return Math.min(jobs, REQUESTERS) + Math.min(jobs, WORKERS);
  }

  /** Pipelined, in the order of each sender's nonces, as fast as the node takes them. */
  private void transfers(
      int jobs,
      List<LocalSigner> requesters,
      WalletAddress to,
      Deployment market,
      LocalChain chain,
      Report report)
      throws InterruptedException {
    List<SignedTransaction> signed = signed(jobs, requesters, to, market, chain);
    long start = System.nanoTime();
    signed.forEach(chain::send);
    long last = 0;
    long gas = 0;
    for (SignedTransaction one : signed) {
      Receipt receipt = receipt(chain, one.hash());
      gas += receipt.gasUsed();
      last = Math.max(last, receipt.block());
    }
    while (chain.height() < last + FINAL_AFTER) {
      Thread.sleep(50);
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    double each = (double) gas / jobs;
    String of = "%,d transfers: ".formatted(jobs);
    report.add(of + "final", jobs / seconds, "jobs/s");
    report.add(of + "gas", each, "gas/job");
    if (jobs == GOAL_JOBS) {
      report.atLeast("F7", of + "gas / that of settling", each / gasOfJob, "x", 300);
    } else {
      report.add(of + "gas / that of settling", each / gasOfJob, "x");
    }
  }

  private static List<SignedTransaction> signed(
      int jobs,
      List<LocalSigner> requesters,
      WalletAddress to,
      Deployment market,
      LocalChain chain) {
    List<Long> nonces =
        new ArrayList<>(requesters.stream().map(r -> chain.minedCount(r.address())).toList());
    Fees fees = chain.fees();
    // Each full block makes gas dearer by an eighth, and there may be twenty in a row.
    var generous = new Fees(fees.most() * 100, fees.tip());
    var call = market.tokenContract().transfer(to, TokenAmount.of(1));
    long gas =
        chain.estimateGas(requesters.getFirst().address(), Optional.of(call.to()), call.data());
    List<SignedTransaction> signed = new ArrayList<>();
    for (int i = 0; i < jobs; i++) {
      int from = i % requesters.size();
      long nonce = nonces.get(from);
      nonces.set(from, nonce + 1);
      signed.add(
          new Transaction(
                  chain.chainId(),
                  nonce,
                  Optional.of(call.to()),
                  call.data(),
                  gas + gas / 20,
                  generous)
              .sign(requesters.get(from)));
    }
    return signed;
  }

  private static Receipt receipt(LocalChain chain, Digest transaction) {
    Optional<Receipt> receipt = chain.receipt(transaction);
    while (receipt.isEmpty()) {
      LockSupport.parkNanos(POLL.toNanos());
      receipt = chain.receipt(transaction);
    }
    return receipt.get();
  }

  private static List<LocalSigner> wallets(LocalChain chain, int count, RandomGenerator chance) {
    return Stream.generate(() -> LocalSigner.create(chance))
        .limit(count)
        .peek(wallet -> chain.fund(wallet.address()))
        .toList();
  }
}
