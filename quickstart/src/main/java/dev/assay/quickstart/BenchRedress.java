package dev.assay.quickstart;

import dev.assay.protocol.LocalSigner;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.chain.EscrowContract;
import dev.assay.protocol.chain.Purse;
import dev.assay.protocol.chain.StakeContract;
import dev.assay.protocol.deploy.Deployment;
import dev.assay.quickstart.BenchCheats.Party;
import dev.assay.quickstart.bench.AuditFigures;
import dev.assay.quickstart.bench.AuditFigures.OfWorker;
import dev.assay.quickstart.bench.MarketAudit;
import dev.assay.quickstart.bench.MarketClient;
import dev.assay.quickstart.bench.Report;
import dev.assay.quickstart.cheat.Cheat;
import dev.assay.quickstart.cheat.CheatingWorker;
import dev.assay.quickstart.stack.ExitCode;
import dev.assay.quickstart.stack.Refusal;
import java.io.IOException;
import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;

/** From a thousand jobs to the last cent: who is paid, slashed and made whole on the chain. */
@Command(
    name = "redress",
    mixinStandardHelpOptions = true,
    description = {
      "An honest and a cheating worker in one market, until all that follows has happened on"
          + " chain.",
      "The honest worker must be paid, the cheat slashed once its time to appeal is over, and the"
          + " requester it harmed compensated in its purse, without a transaction of its own;"
          + " ledger and chain must be equal. Seven workers more sit on the committees. The two"
          + " days of the window, and those that the brake on slashing asks for, pass on the"
          + " chain's clock only.",
      "Exits 1 if anything of this is otherwise."
    })
final class BenchRedress implements Callable<Integer> {
  private static final int VERIFIERS = 7;
  private static final String HONEST = "honest";

  private static final Duration PAID_WITHIN = Duration.ofMinutes(5);
  private static final Duration CLOSED_WITHIN = Duration.ofMinutes(10);
  private static final Duration DAY = Duration.ofDays(1);

  private static final String UNPAID =
      """
      select count(*) from job_end e join job j on j.id = e.job
       where e.outcome = 'attested' and not exists (select from settled_job s where s.job = e.job)
         and not exists (select from check_end c where c.job = e.job and c.reason = 'invalid')
      """;

  @Mixin private BenchOptions options = new BenchOptions();

  @Option(names = "--jobs", defaultValue = "1000", description = "default: ${DEFAULT-VALUE}")
  private int jobs;

  @Option(
      names = "--every",
      defaultValue = "100",
      description = "which of the jobs the cheat has: one of so many; default: ${DEFAULT-VALUE}")
  private int every;

  @Option(
      names = "--seconds",
      defaultValue = "60",
      description = "over how long the jobs are posted; default: ${DEFAULT-VALUE}")
  private int seconds;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before call()
  private CommandSpec spec;

  private boolean isWrong;

  @Override
  public Integer call() throws IOException, InterruptedException, SQLException {
    if (every < 2 || jobs < every) {
      throw new Refusal(ExitCode.USAGE, "--every is 2 at least, and --jobs as many.");
    }
    PrintWriter out = spec.commandLine().getOut();
    var chance = new SplittableRandom(options.seed());
    var report =
        new Report(
            "%d jobs, of which a cheat has one of %d, seed %d"
                .formatted(jobs, every, options.seed()));
    try (var market = BenchMarket.start("redress", ApiSetup.AUDITED_SOON)) {
      String auditor = DevelopmentAccounts.auditor(market.home().directory()).hex();
      LocalSigner requester = LocalSigner.create(chance);
      MarketClient client = market.requesters(List.of(requester)).getFirst();
      market.market().accounts().fund();
      List<Party> parties = startWorkers(market);
      BenchCheats.awaitOffers(market, parties.size());
      Party honest = parties.getFirst();
      Party cheat = parties.getLast();
      TokenAmount deposited = purse(market, requester.address()).balance();
      BenchCheats.post(
          market,
          List.of(client),
          turns(honest, cheat),
          jobs,
          1,
          Duration.ofSeconds(seconds),
          chance.split());
      BenchCheats.awaitChecks(market, auditor);
      BenchCheats.awaitCases(market, auditor);
      try (Connection connection = market.database()) {
        await(PAID_WITHIN, () -> MarketAudit.count(connection, UNPAID) == 0);
        letTheWindowPass(market, connection);
        tell(report, market, connection, auditor, client, requester, deposited, honest, cheat);
      }
      parties.forEach(party -> party.process().stop());
    }
    report.print(out, options.json());
    return isWrong ? 1 : 0;
  }

  /** The honest worker first, the cheat last. */
  private static List<Party> startWorkers(BenchMarket market) {
    List<String> agents = new ArrayList<>(List.of(HONEST));
    for (int i = 1; i <= VERIFIERS; i++) {
      agents.add("verifier-" + i);
    }
    List<String> names = new ArrayList<>(agents);
    names.add(Cheat.LAZY.toString());
    market.bondAgents(names);
    List<Party> parties = new ArrayList<>();
    for (String name : agents) {
      // One seat in the draw each, so that seven seats are seven workers. The honest one has its
      // answers to live by and no fee of the Court, so that what it is paid can be told to the
      // unit.
      String verifies = "--verifies=" + !name.equals(HONEST);
      var process = market.market().startWorker(name, List.of("--concurrency", "1", verifies));
      parties.add(new Party(name, market.market().owner(name), true, process));
    }
    String name = Cheat.LAZY.toString();
    var process =
        market
            .market()
            .startCheat(
                name, Cheat.LAZY, market.home().scratch().resolve("shown"), CheatingWorker.USUAL);
    parties.add(new Party(name, market.market().owner(name), false, process));
    return parties;
  }

  private List<Party> turns(Party honest, Party cheat) {
    List<Party> turns = new ArrayList<>();
    for (int i = 0; i < every; i++) {
      turns.add(i == every / 2 ? cheat : honest);
    }
    return turns;
  }

  /**
   * Until the Court has closed every case: what the brake holds back takes a day more each time.
   */
  private static void letTheWindowPass(BenchMarket market, Connection connection)
      throws InterruptedException, SQLException {
    LocalChain chain = market.chain();
    Duration window =
        Duration.ofSeconds(chain.read(market.contracts().courtContract().policy().get(1)));
    chain.pass(window.plusSeconds(1));
    long over = System.nanoTime() + CLOSED_WITHIN.toNanos();
    long open = open(connection);
    while (open > 0) {
      if (System.nanoTime() > over) {
        throw new Refusal(ExitCode.SOFTWARE, "%d cases were never closed.".formatted(open));
      }
      Thread.sleep(10_000); // for what is closed to be mined, final and told
      long before = open;
      open = open(connection);
      if (open == before) {
        chain.pass(DAY);
      }
    }
  }

  private static long open(Connection connection) throws SQLException {
    return MarketAudit.count(connection, "select count(*) from court_case where state <> 'CLOSED'");
  }

  private void tell(
      Report report,
      BenchMarket market,
      Connection connection,
      String auditor,
      MarketClient client,
      LocalSigner requester,
      TokenAmount deposited,
      Party honest,
      Party cheat)
      throws SQLException, IOException, InterruptedException {
    OfWorker cheated =
        AuditFigures.byWorker(connection, auditor)
            .getOrDefault(cheat.wallet().hex(), OfWorker.NOTHING);
    report.add("results of the cheat", cheated.results(), "results");
    right(report, "of them executed again", cheated.audited() > 0, cheated.audited(), "results");
    right(
        report,
        "cases at the Court, one for each that was judged invalid",
        cheated.cases() > 0 && cheated.cases() == cheated.invalid(),
        cheated.cases(),
        "cases");

    long earned = sum(connection, "earned", "settled_job where worker = '%s'", honest.wallet());
    long due =
        sum(
            connection,
            "e.price",
            "job_end e where e.outcome = 'attested' and e.worker = '%s'",
            honest.wallet());
    await(PAID_WITHIN, () -> paid(market, honest.wallet()) >= earned);
    long paid = paid(market, honest.wallet());
    right(report, "paid to the honest worker on chain", paid == earned, paid, "units");
    right(
        report,
        "of what its answers cost, at least 80 %",
        earned > 0 && 10 * earned >= 8 * due,
        due,
        "units");
    long forNothing = sum(connection, "earned", "settled_job where worker = '%s'", cheat.wallet());
    report.add("paid to the cheat for what was not drawn", forNothing, "units");

    StakeContract.Bond bond =
        market.chain().read(market.contracts().stakeContract().bondOf(cheat.wallet()));
    long taken = sum(connection, "taken", "court_case where accused = '%s'", cheat.wallet());
    right(
        report,
        "slashed of the cheat's bond",
        taken > 0
            && bond.frozen().isZero()
            && bond.bonded().plus(TokenAmount.of(taken)).equals(DevelopmentAccounts.GIFT),
        taken,
        "units");

    long spent =
        sum(connection, "price", "settled_job where requester = '%s'", requester.address());
    long harm =
        sum(connection, "compensation", "court_case where harmed = '%s'", requester.address());
    TokenAmount whole = deposited.minus(TokenAmount.of(spent)).plus(TokenAmount.of(harm));
    await(PAID_WITHIN, () -> purse(market, requester.address()).balance().equals(whole));
    Purse purse = purse(market, requester.address());
    right(
        report,
        "compensation in the harmed requester's purse on chain",
        harm > 0 && purse.balance().equals(whole),
        harm,
        "units");
    // The connection that it posted on has been idle for minutes, and the market has closed it.
    try (MarketClient again = client.another()) {
      await(PAID_WITHIN, () -> again.account().path("balance").asString().equals("" + whole));
      right(
          report,
          "and in the purse that the API shows",
          again.account().path("balance").asString().equals(whole.toString()),
          harm,
          "units");
    }
    long signed = market.chain().minedCount(requester.address());
    await(PAID_WITHIN, () -> drift(market) == 0);
    right(report, "drift of the proof of reserves", drift(market) == 0, drift(market), "");
    int reconciled = market.market().reconcile(market.chain());
    right(report, "exit code of reconcile", reconciled == 0, reconciled, "");
    report.add("transactions that the requester sent, its deposit included", signed, "");
  }

  private void right(Report report, String what, boolean isRight, double value, String unit) {
    isWrong |= !isRight;
    report.check(what, value, unit, isRight);
  }

  /** As of the newest block; the worker has no other money. */
  private static long paid(BenchMarket market, WalletAddress worker) {
    Deployment contracts = market.contracts();
    LocalChain chain = market.chain();
    return chain
        .read(contracts.tokenContract().balanceOf(worker))
        .plus(purse(market, worker).earned())
        .toBigInteger()
        .longValueExact();
  }

  private static Purse purse(BenchMarket market, WalletAddress owner) {
    EscrowContract escrow = market.contracts().escrowContract();
    LocalChain chain = market.chain();
    return chain.read(escrow.purse(chain.read(escrow.idOf(owner))));
  }

  private static long sum(Connection connection, String what, String from, WalletAddress of)
      throws SQLException {
    return MarketAudit.count(
        connection, "select coalesce(sum(%s), 0) from ".formatted(what) + from.formatted(of));
  }

  /** 1 if nothing was compared. */
  private static long drift(BenchMarket market) {
    return market
        .reserves()
        .map(told -> (long) JsonMapper.shared().readTree(told).path("drift").size())
        .orElse(1L);
  }

  /** Whether something has come about. */
  @FunctionalInterface
  private interface Fact {
    boolean isSo() throws SQLException, IOException;
  }

  /** Whoever asks afterwards finds out whether it was in vain. */
  private static void await(Duration patience, Fact fact)
      throws InterruptedException, SQLException, IOException {
    long over = System.nanoTime() + patience.toNanos();
    while (!fact.isSo() && System.nanoTime() < over) {
      Thread.sleep(250);
    }
  }
}
