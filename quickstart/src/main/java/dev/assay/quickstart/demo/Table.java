package dev.assay.quickstart.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Rows under a heading, each column as wide as what stands in it; figures stand to the right. */
public final class Table {
  private static final String GAP = "  ";

  private final List<String> heading;
  private final int words;
  private final List<List<String>> rows = new ArrayList<>();

  /**
   * @param words how many columns at the left hold words; the last column does too
   */
  public Table(int words, String... heading) {
    this.words = words;
    this.heading = List.of(heading);
  }

  /**
   * @throws IllegalArgumentException if it has not as many cells as the heading
   */
  public Table row(Object... cells) {
    if (cells.length != heading.size()) {
      throw new IllegalArgumentException(
          "A row of %d cells under %d headings.".formatted(cells.length, heading.size()));
    }
    List<String> row = new ArrayList<>();
    for (Object cell : cells) {
      row.add(cell.toString());
    }
    rows.add(row);
    return this;
  }

  public List<String> lines() {
    List<List<String>> all = new ArrayList<>(List.of(heading));
    all.addAll(rows);
    return all.stream().map(this::line).toList();
  }

  private String line(List<String> cells) {
    StringBuilder line = new StringBuilder();
    for (int column = 0; column < cells.size(); column++) {
      boolean isLast = column == cells.size() - 1;
      String cell = cells.get(column);
      String space = " ".repeat(width(column) - cell.length());
      line.append(GAP);
      line.append(column < words || isLast ? cell + (isLast ? "" : space) : space + cell);
    }
    return line.toString().stripTrailing();
  }

  private int width(int column) {
    return Stream.concat(Stream.of(heading), rows.stream())
        .mapToInt(row -> row.get(column).length())
        .max()
        .orElse(0);
  }
}
