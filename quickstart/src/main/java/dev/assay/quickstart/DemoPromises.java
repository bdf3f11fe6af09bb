package dev.assay.quickstart;

import dev.assay.quickstart.DemoReport.Expectation;
import dev.assay.quickstart.DemoReport.Figures;
import dev.assay.quickstart.DemoReport.RequesterLine;
import dev.assay.quickstart.DemoReport.WorkerLine;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** What a market promises of a run, beside what has happened. */
final class DemoPromises {
  private final List<WorkerLine> workers;
  private final List<RequesterLine> requesters;
  private final Figures figures;

  DemoPromises(List<WorkerLine> workers, List<RequesterLine> requesters, Figures figures) {
    this.workers = List.copyOf(workers);
    this.requesters = List.copyOf(requesters);
    this.figures = figures;
  }

  /**
   * All of them.
   *
   * @param wanted jobs
   * @param verified what the receipt's verification has said
   */
  List<Expectation> beside(int wanted, DemoPurchases purchases, String verified) {
    List<Expectation> expectations = new ArrayList<>();
    expectations.add(
        new Expectation(
            "each job was answered",
            purchases.size() == purchases.posted() && purchases.posted() >= wanted,
            "%,d of %,d".formatted(purchases.size(), purchases.posted())));
    workers.stream()
        .filter(worker -> !worker.isHonest())
        .forEach(cheat -> expectations.add(caught(cheat)));
    expectations.add(honestUntouched());
    expectations.add(harmedWhole());
    expectations.add(
        new Expectation(
            "ledger and chain are equal",
            figures.drifted() == 0 && figures.balances() > 0,
            "%d balances, %d differ".formatted(figures.balances(), figures.drifted())));
    expectations.add(
        new Expectation("a receipt holds", verified.equals(VerifyCommand.ON_CHAIN), verified));
    return expectations;
  }

  private static Expectation caught(WorkerLine cheat) {
    return new Expectation(
        cheat.name() + " was caught, judged and slashed",
        cheat.flagged() > 0
            && cheat.flagged() == cheat.audited()
            && cheat.invalid() > 0
            && !cheat.slashed().isZero(),
        "%d of %d audited answers flagged, %d found invalid, %s dollars taken"
            .formatted(
                cheat.flagged(),
                cheat.audited(),
                cheat.invalid(),
                DemoReport.dollars(cheat.slashed())));
  }

  private Expectation honestUntouched() {
    List<WorkerLine> honest = workers.stream().filter(WorkerLine::isHonest).toList();
    List<String> touched =
        honest.stream().filter(worker -> !worker.isUntouched()).map(WorkerLine::name).toList();
    return new Expectation(
        "no honest worker was touched",
        touched.isEmpty(),
        touched.isEmpty() ? "%d of them".formatted(honest.size()) : touched.toString());
  }

  private Expectation harmedWhole() {
    List<RequesterLine> harmed =
        requesters.stream()
            .filter(one -> !one.refunded().isZero() || !one.compensated().isZero())
            .toList();
    return new Expectation(
        "who was harmed has the price back, and the Court's compensation",
        !harmed.isEmpty()
            && harmed.stream()
                .allMatch(
                    one -> !one.awarded().isZero() && one.compensated().equals(one.awarded())),
        harmed.stream()
            .map(one ->
                "%s %s and %s dollars"
                    .formatted(
                        one.name(),
                        DemoReport.dollars(one.refunded()),
                        DemoReport.dollars(one.compensated())))
            .collect(Collectors.joining(", ")));
  }
}
