package dev.assay.quickstart;

import dev.assay.quickstart.stack.Checkout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.yaml.snakeyaml.Yaml;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The figures that alerts and dashboards ask for, by name. */
final class FigureNames {
  static final Path ALERTS = Path.of("helm/assay/alerts/assay.yaml");
  static final Path DASHBOARDS = Path.of("helm/assay/dashboards");

  private static final Pattern BY_NAME = Pattern.compile("__name__=~\"([^\"]+)\"");
  private static final Pattern LABELS =
      Pattern.compile("\\{[^}]*}|\\b(?:by|on|without)\\s*\\([^)]*\\)|\"[^\"]*\"|\\[[^]]*]");
  // All names have an underscore; functions that have one are followed by a bracket.
  private static final Pattern NAME = Pattern.compile("\\b[a-z]+(?:_[a-z0-9]+)+\\b(?!\\s*\\()");

  private FigureNames() {}

  /** One alert as the file has it. */
  record Alert(
      String name, String expr, Map<String, String> labels, Map<String, String> annotations) {}

  static List<Alert> alerts() throws IOException {
    Map<String, List<Map<String, List<Map<String, Object>>>>> file =
        new Yaml().load(Files.readString(Checkout.find().resolve(ALERTS)));
    List<Alert> alerts = new ArrayList<>();
    for (var group : file.getOrDefault("groups", List.of())) {
      for (var rule : group.getOrDefault("rules", List.of())) {
        alerts.add(
            new Alert(
                text(rule, "alert"),
                text(rule, "expr"),
                map(rule, "labels"),
                map(rule, "annotations")));
      }
    }
    return alerts;
  }

  /** Each expression of each panel. */
  static List<String> asked() throws IOException {
    List<String> asked = new ArrayList<>();
    try (Stream<Path> files = Files.list(Checkout.find().resolve(DASHBOARDS))) {
      for (Path file : files.sorted().toList()) {
        for (JsonNode panel : JsonMapper.shared().readTree(file).path("panels")) {
          for (JsonNode target : panel.path("targets")) {
            asked.add(target.path("expr").stringValue());
          }
        }
      }
    }
    return asked;
  }

  /** Of alerts and dashboards. */
  static Set<String> all() throws IOException {
    Set<String> names = new TreeSet<>();
    for (Alert alert : alerts()) {
      names.addAll(in(alert.expr()));
    }
    for (String expression : asked()) {
      names.addAll(in(expression));
    }
    return names;
  }

  /** Those in an expression of PromQL. */
  static Set<String> in(String expression) {
    Set<String> names = new TreeSet<>();
    BY_NAME
        .matcher(expression)
        .results()
        .forEach(found -> names.addAll(List.of(found.group(1).split("\\|", -1))));
    NAME.matcher(LABELS.matcher(expression).replaceAll(" "))
        .results()
        .forEach(found -> names.add(found.group()));
    return names;
  }

  private static String text(Map<String, Object> of, String member) {
    return String.valueOf(of.get(member));
  }

  @SuppressWarnings("unchecked")
  private static Map<String, String> map(Map<String, Object> of, String member) {
    return (Map<String, String>) of.getOrDefault(member, Map.of());
  }
}
