package dev.assay.quickstart.bench;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What a bench has found: a figure a row, beside the goal where there is one. */
public final class Report {
  private final String title;
  private final List<Row> rows = new ArrayList<>();

  public Report(String title) {
    this.title = title;
  }

  /** How a figure stands to its goal. */
  public enum Verdict {
    PASS,
    MISS,
    /** There is no goal. */
    NONE
  }

  /**
   * @param goal its name in the list of goals, such as {@code F5}; empty if it has none
   * @param wanted the goal in words; empty if there is none
   */
  private record Row(
      String goal, String what, double value, String unit, String wanted, Verdict verdict) {}

  /** A figure for comparison. */
  public void add(String what, double value, String unit) {
    rows.add(new Row("", what, value, unit, "", Verdict.NONE));
  }

  /** A figure that must not be above its limit. */
  public void atMost(String goal, String what, double value, String unit, double limit) {
    add(goal, what, value, unit, "<= " + text(limit), value <= limit);
  }

  /** A figure that must not be below its limit. */
  public void atLeast(String goal, String what, double value, String unit, double limit) {
    add(goal, what, value, unit, ">= " + text(limit), value >= limit);
  }

  /** A figure that is right or not by a rule of its own. */
  public void check(String what, double value, String unit, boolean isRight) {
    add("", what, value, unit, "right", isRight);
  }

  private void add(
      String goal, String what, double value, String unit, String wanted, boolean isMet) {
    // What could not be measured is not met.
    boolean isPass = isMet && Double.isFinite(value);
    rows.add(new Row(goal, what, value, unit, wanted, isPass ? Verdict.PASS : Verdict.MISS));
  }

  public boolean isMissed() {
    return rows.stream().anyMatch(row -> row.verdict() == Verdict.MISS);
  }

  public void print(PrintWriter out, boolean asJson) {
    if (asJson) {
      out.println(MarketClient.JSON.writeValueAsString(json()));
    } else {
      out.printf("%n%s%n", title);
      int width = rows.stream().mapToInt(row -> row.what().length()).max().orElse(0);
      for (Row row : rows) {
        out.printf(
            "  %-5s %-" + width + "s %12s %-12s %-12s %s%n",
            row.goal(),
            row.what(),
            text(row.value()),
            row.unit(),
            row.wanted(),
            row.verdict() == Verdict.NONE ? "" : row.verdict());
      }
    }
    out.flush();
  }

  private Map<String, Object> json() {
    List<Map<String, Object>> figures = new ArrayList<>();
    for (Row row : rows) {
      Map<String, Object> figure = new LinkedHashMap<>();
      figure.put("goal", row.goal());
      figure.put("what", row.what());
      figure.put("value", Double.isFinite(row.value()) ? row.value() : null);
      figure.put("unit", row.unit());
      figure.put("wanted", row.wanted());
      figure.put("verdict", row.verdict());
      figures.add(figure);
    }
    return Map.of("bench", title, "figures", figures);
  }

  private static String text(double value) {
    if (value == Math.rint(value) && Math.abs(value) < 1e15) {
      return String.format(Locale.ROOT, "%,d", (long) value);
    }
    return String.format(Locale.ROOT, Math.abs(value) < 10 ? "%.2f" : "%,.1f", value);
  }
}
