package dev.assay.quickstart;

import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.quickstart.demo.MeaningIndex.Hit;
import dev.assay.quickstart.demo.Screen;
import dev.assay.quickstart.demo.Screen.Colour;
import dev.assay.quickstart.demo.Table;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a demo has shown.
 *
 * @param answers to the questions that were asked
 * @param expectations all that a market promises of such a run
 */
record DemoReport(
    List<WorkerLine> workers,
    List<RequesterLine> requesters,
    List<Answered> answers,
    Figures figures,
    List<Expectation> expectations) {
  private static final int DECIMALS = 6;

  DemoReport {
    workers = List.copyOf(workers);
    requesters = List.copyOf(requesters);
    answers = List.copyOf(answers);
    expectations = List.copyOf(expectations);
  }

  /**
   * @param jobs results for requesters
   * @param checks executions by which it checked others
   * @param audited of its jobs, executed again by others
   * @param flagged of these, by a first verifier
   * @param invalid of these, by a committee
   * @param earned on the chain
   * @param slashed of its bond, on the chain
   * @param why it was, or what it is
   */
  record WorkerLine(
      String name,
      WalletAddress wallet,
      boolean isHonest,
      long jobs,
      long checks,
      long audited,
      long flagged,
      long invalid,
      TokenAmount earned,
      TokenAmount slashed,
      String why) {
    boolean isUntouched() {
      return flagged == 0 && invalid == 0 && slashed.isZero();
    }
  }

  /**
   * @param jobs answered
   * @param again of them, bought a second time because their worker was convicted
   * @param paid on the chain
   * @param refunded prices of results that were found invalid
   * @param awarded by the Court, out of the cheats' bonds
   * @param compensated what has arrived of that
   */
  record RequesterLine(
      String name,
      WalletAddress wallet,
      String policy,
      long jobs,
      long again,
      TokenAmount paid,
      TokenAmount refunded,
      TokenAmount awarded,
      TokenAmount compensated) {}

  /** The passages that are nearest to a question, the best first. */
  record Answered(String question, List<Hit> hits) {
    Answered {
      hits = List.copyOf(hits);
    }
  }

  /**
   * @param executions for requesters
   * @param checks executions that the market has bought to check them
   * @param gasOfJob of settling, a job
   * @param gasOfAll that settlement has used for everything, seals, draws and cases included, a job
   * @param gasOfTransfer of the token, one
   * @param balances that were compared between settlement's ledger and the chain
   * @param drifted of them
   * @param firstAnswer since the command was given
   * @param total since then
   * @param residentMebibytes the most that all processes held together
   * @param receipt the command that checks it
   */
  record Figures(
      long executions,
      long checks,
      double gasOfJob,
      double gasOfAll,
      long gasOfTransfer,
      long balances,
      long drifted,
      Duration firstAnswer,
      Duration total,
      long residentMebibytes,
      String receipt) {}

  /** Something that must have happened, with what did. */
  record Expectation(String what, boolean isMet, String found) {}

  boolean isAsExpected() {
    return expectations.stream().allMatch(Expectation::isMet);
  }

  /** All of it on one line. */
  String line(long seed) {
    String cheats =
        workers.stream()
            .filter(worker -> !worker.isHonest())
            .map(worker ->
                "%s %d of %d flagged, %d invalid, $%s taken"
                    .formatted(
                        worker.name(),
                        worker.flagged(),
                        worker.audited(),
                        worker.invalid(),
                        dollars(worker.slashed())))
            .collect(Collectors.joining("; "));
    String failed =
        expectations.stream()
            .filter(expectation -> !expectation.isMet())
            .map(expectation -> "; NOT: %s (%s)".formatted(expectation.what(), expectation.found()))
            .collect(Collectors.joining());
    return "seed %d: %s  %s; %d honest untouched; %s, %,d MiB%s"
        .formatted(
            seed,
            isAsExpected() ? "OK  " : "FAIL",
            cheats,
            workers.stream().filter(WorkerLine::isUntouched).count(),
            seconds(figures.total()),
            figures.residentMebibytes(),
            failed);
  }

  List<String> lines(Screen screen) {
    List<String> lines = new ArrayList<>();
    lines.add("");
    lines.addAll(workerTable().lines());
    lines.add("");
    lines.addAll(requesterTable().lines());
    for (Answered answer : answers) {
      lines.add("");
      lines.add("  Asked: " + answer.question());
      for (Hit hit : answer.hits()) {
        lines.add(
            "  %s  %s"
                .formatted(
                    decimal(hit.likeness(), 2),
                    hit.passage().text()
                        + screen.in(Colour.FAINT, "  (" + hit.passage().source() + ")")));
      }
    }
    lines.add("");
    lines.addAll(figureTable().lines());
    lines.add("");
    for (Expectation expectation : expectations) {
      lines.add(
          "  %s  %s: %s"
              .formatted(
                  expectation.isMet()
                      ? screen.in(Colour.GREEN, "OK  ")
                      : screen.in(Colour.RED, "FAIL"),
                  expectation.what(),
                  expectation.found()));
    }
    lines.add("");
    lines.add("  Check the receipt of one job yourself, without asking anybody of this market:");
    lines.add("  " + figures.receipt());
    return lines;
  }

  private Table workerTable() {
    var table =
        new Table(
            1,
            "worker",
            "jobs",
            "checks",
            "audited",
            "flagged",
            "invalid",
            "earned $",
            "slashed $",
            "why");
    for (WorkerLine worker : workers) {
      table.row(
          worker.name(),
          worker.jobs(),
          worker.checks(),
          worker.audited(),
          worker.flagged(),
          worker.invalid(),
          dollars(worker.earned()),
          dollars(worker.slashed()),
          worker.why());
    }
    return table;
  }

  private Table requesterTable() {
    var table =
        new Table(
            2, "requester", "policy", "jobs", "again", "paid $", "refunded $", "compensated $", "");
    for (RequesterLine requester : requesters) {
      table.row(
          requester.name(),
          requester.policy(),
          requester.jobs(),
          requester.again(),
          dollars(requester.paid()),
          dollars(requester.refunded()),
          dollars(requester.compensated()),
          "");
    }
    return table;
  }

  private Table figureTable() {
    return new Table(1, "figure", "", "")
        .row(
            "executed again to check",
            decimal(100.0 * figures.checks() / Math.max(1, figures.executions()), 1) + " %",
            "of %,d executions; newcomers are checked most, a long record down to 3 %%"
                .formatted(figures.executions()))
        .row(
            "gas a job, to pay it",
            decimal(figures.gasOfJob(), 0),
            "a token transfer takes %,d".formatted(figures.gasOfTransfer()))
        .row("gas a job, all of it", decimal(figures.gasOfAll(), 0), "with seals, draws and cases")
        .row(
            "ledger beside chain",
            figures.drifted() + " differ",
            "of %d balances".formatted(figures.balances()))
        .row("to the first answer", seconds(figures.firstAnswer()), "goal: 90 s")
        .row("to the end", seconds(figures.total()), "goal: 300 s")
        .row(
            "memory at most",
            "%,d MiB".formatted(figures.residentMebibytes()),
            "of all processes together; goal: 3,072 MiB");
  }

  String json() {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("asExpected", isAsExpected());
    all.put("expectations", expectations);
    all.put("workers", workers);
    all.put("requesters", requesters);
    all.put("answers", answers);
    Map<String, Object> numbers = new LinkedHashMap<>();
    numbers.put("executions", figures.executions());
    numbers.put("checks", figures.checks());
    numbers.put("gasOfJob", figures.gasOfJob());
    numbers.put("gasOfAll", figures.gasOfAll());
    numbers.put("gasOfTransfer", figures.gasOfTransfer());
    numbers.put("balances", figures.balances());
    numbers.put("drifted", figures.drifted());
    numbers.put("firstAnswerSeconds", figures.firstAnswer().toMillis() / 1e3);
    numbers.put("totalSeconds", figures.total().toMillis() / 1e3);
    numbers.put("residentMebibytes", figures.residentMebibytes());
    numbers.put("receipt", figures.receipt());
    all.put("figures", numbers);
    return JsonMapper.shared().writeValueAsString(all);
  }

  /** At the token's six decimals. */
  static String dollars(TokenAmount amount) {
    return new BigDecimal(amount.toBigInteger(), DECIMALS).toPlainString();
  }

  private static String seconds(Duration time) {
    return decimal(time.toMillis() / 1e3, 1) + " s";
  }

  private static String decimal(double value, int digits) {
    return String.format(Locale.ROOT, "%,." + digits + "f", value);
  }
}
