package dev.assay.quickstart;

import dev.assay.protocol.JobId;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.chain.EscrowContract;
import dev.assay.quickstart.DemoMarket.DemoWorker;
import dev.assay.quickstart.DemoReport.RequesterLine;
import dev.assay.quickstart.DemoReport.WorkerLine;
import dev.assay.quickstart.bench.AuditFigures;
import dev.assay.quickstart.bench.AuditFigures.Cases;
import dev.assay.quickstart.bench.AuditFigures.MadeWhole;
import dev.assay.quickstart.bench.AuditFigures.OfWorker;
import dev.assay.quickstart.bench.MarketAudit;
import dev.assay.quickstart.stack.ExitCode;
import dev.assay.quickstart.stack.Refusal;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;

/**
 * What a market that is idle now has come to: of checks, its database tells; of money, only the
 * chain is asked.
 */
final class DemoReckoning {
  private static final Pattern COMPARED =
      Pattern.compile("(\\d+) balances compared, (\\d+) differ");

  private final DemoMarket market;
  private final Connection database;
  private final LocalChain chain;

  DemoReckoning(DemoMarket market, Connection database) {
    this.market = market;
    this.database = database;
    this.chain = market.chain();
  }

  List<WorkerLine> workers() throws SQLException {
    Map<String, OfWorker> figures = AuditFigures.byWorker(database, market.purse());
    Map<String, Long> checks = AuditFigures.checksByWorker(database, market.purse());
    Map<String, Cases> cases = AuditFigures.casesByWorker(database);
    var stake = market.contracts().stakeContract();
    List<WorkerLine> lines = new ArrayList<>();
    for (DemoWorker worker : market.workers()) {
      String wallet = worker.wallet().hex();
      OfWorker of = figures.getOrDefault(wallet, OfWorker.NOTHING);
      long against = cases.getOrDefault(wallet, Cases.NONE).cases();
      lines.add(
          new WorkerLine(
              worker.name(),
              worker.wallet(),
              worker.isHonest(),
              of.results(),
              checks.getOrDefault(wallet, 0L),
              of.audited(),
              of.flagged(),
              of.invalid(),
              earned(worker.wallet()),
              worker.bonded().minus(chain.read(stake.bondOf(worker.wallet())).bonded()),
              against == 0 ? worker.words() : "%d cases: %s".formatted(against, worker.words())));
    }
    return lines;
  }

  /** Credited, or paid out already. */
  private TokenAmount earned(WalletAddress wallet) {
    EscrowContract escrow = market.contracts().escrowContract();
    return chain.read(escrow.purse(chain.read(escrow.idOf(wallet)))).earned().plus(holds(wallet));
  }

  /**
   * @param jobs how many each was answered, by name
   * @param again how many of them were bought a second time
   */
  List<RequesterLine> requesters(Map<String, Long> jobs, Map<String, Long> again)
      throws SQLException {
    Map<String, MadeWhole> harmed = AuditFigures.madeWhole(database);
    EscrowContract escrow = market.contracts().escrowContract();
    List<RequesterLine> lines = new ArrayList<>();
    for (DemoRequester requester : market.requesters()) {
      WalletAddress wallet = requester.wallet();
      var purse = chain.read(escrow.purse(chain.read(escrow.idOf(wallet))));
      MadeWhole whole = harmed.getOrDefault(wallet.hex(), MadeWhole.NOTHING);
      lines.add(
          new RequesterLine(
              requester.name(),
              wallet,
              requester.verification(),
              jobs.getOrDefault(requester.name(), 0L),
              again.getOrDefault(requester.name(), 0L),
              purse.spent(),
              whole.refunded(),
              whole.awarded(),
              // All that is its own, in the wallet or in the purse, beyond what it came with.
              holds(wallet).plus(purse.balance()).plus(purse.spent()).minus(DemoMarket.STAKE)));
    }
    return lines;
  }

  private TokenAmount holds(WalletAddress wallet) {
    return chain.read(market.contracts().tokenContract().balanceOf(wallet));
  }

  /**
   * @param settled jobs that were paid, the market's own included
   * @param paying gas of all batches
   * @param all gas of all that settlement has sent
   * @param transfer gas of one transfer of the token
   */
  record Gas(long settled, long paying, long all, long transfer) {}

  Gas gas() throws SQLException {
    List<LocalChain.Sent> sent = chain.sentBy(market.market().contracts(chain).settlement());
    long paying =
        sent.stream()
            .filter(one -> one.to().equals(market.contracts().escrow()))
            .filter(one -> one.selector().equals(EscrowContract.settleSelector()))
            .mapToLong(LocalChain.Sent::gas)
            .sum();
    return new Gas(
        Math.max(1, MarketAudit.count(database, "select count(*) from settled_job")),
        paying,
        sent.stream().mapToLong(LocalChain.Sent::gas).sum(),
        market.market().faucet().gasOfTransfer());
  }

  /** Settlement's ledger beside the chain, as {@code assay reconcile} compares them. */
  record Ledger(long balances, long drifted) {}

  Ledger ledger() {
    var told = new StringWriter();
    market.market().reconcile(chain, new PrintWriter(told, true));
    Matcher compared = COMPARED.matcher(told.toString());
    if (!compared.find()) {
      throw new Refusal(ExitCode.SOFTWARE, "Ledger and chain cannot be compared: " + told);
    }
    return new Ledger(Long.parseLong(compared.group(1)), Long.parseLong(compared.group(2)));
  }

  /** Jobs whose result was drawn, found right and paid: their receipts have all parts. */
  Set<JobId> checkedAndPaid() throws SQLException {
    Set<JobId> jobs = new HashSet<>();
    String query =
        """
        select 'job_' || c.job from check_end c join settled_job s on s.job = c.job where c.reason = 'passed'
        """;
    try (var statement = database.createStatement();
        var rows = statement.executeQuery(query)) {
      while (rows.next()) {
        jobs.add(JobId.parse(rows.getString(1)));
      }
    }
    return jobs;
  }

  /**
   * Writes a receipt to a file and has it checked there, and before the chain.
   *
   * @return what the check said last; all that it said if the receipt does not hold
   */
  String verify(DemoRequester requester, JobId job, Path file) throws IOException {
    String receipt =
        requester
            .receipt(job)
            .orElseThrow(
                () -> new Refusal(ExitCode.SOFTWARE, "There is no receipt of %s.".formatted(job)));
    Files.writeString(file, receipt);
    var told = new StringWriter();
    int code =
        new CommandLine(new VerifyCommand())
            .setOut(new PrintWriter(told, true))
            .setErr(new PrintWriter(told, true))
            .execute(file.toString(), "--rpc", chain.rpcUrl().toString());
    List<String> lines = told.toString().lines().toList();
    return code == 0 ? lines.getLast() : String.join("; ", lines);
  }
}
