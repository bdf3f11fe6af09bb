package dev.assay.marketplace.admin;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/**
 * Rows as CSV (RFC 4180): a line for the names, each cell in quotes. What a spreadsheet would take
 * for a formula has an apostrophe before it: texts in it are other people's.
 */
final class CsvTable {
  private static final String BEGINS_A_FORMULA = "=+-@\t\r\n";

  /** Ways to the columns, for example {@code flags/audits}. */
  private final List<String> columns;

  /**
   * @param type of the rows; a record in it has a column for each of its own components
   */
  CsvTable(Class<? extends Record> type) {
    this.columns = List.copyOf(columns("", type));
  }

  private static List<String> columns(String before, Class<?> type) {
    List<String> columns = new ArrayList<>();
    for (RecordComponent component : type.getRecordComponents()) {
      Class<?> of = component.getType();
      String name = before + component.getName();
      // Ours; those of the protocol are written as one text.
      if (of.isRecord() && of.getPackageName().equals(CsvTable.class.getPackageName())) {
        columns.addAll(columns(name + "/", of));
      } else {
        columns.add(name);
      }
    }
    return columns;
  }

  String header() {
    return columns.stream()
        .map(column -> cell(column.replace('/', '.')))
        .collect(Collectors.joining(",", "", "\r\n"));
  }

  /**
   * @param row as JSON
   */
  String line(JsonNode row) {
    return columns.stream()
        .map(column -> cell(text(row, column)))
        .collect(Collectors.joining(",", "", "\r\n"));
  }

  private static String text(JsonNode row, String column) {
    JsonNode value = row;
    for (String name : column.split("/", -1)) {
      value = value.path(name);
    }
    if (value.isNull() || value.isMissingNode()) {
      return "";
    }
    return value.isString() ? value.stringValue() : value.toString();
  }

  private static String cell(String text) {
    boolean isFormula = !text.isEmpty() && BEGINS_A_FORMULA.indexOf(text.charAt(0)) >= 0;
    return "\"" + (isFormula ? "'" : "") + text.replace("\"", "\"\"") + "\"";
  }
}
