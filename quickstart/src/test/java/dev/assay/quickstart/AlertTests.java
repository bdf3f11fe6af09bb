package dev.assay.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.assay.quickstart.FigureNames.Alert;
import dev.assay.quickstart.stack.Checkout;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;

/** The alerts in helm/assay/alerts, before Prometheus' own engine where there is one. */
class AlertTests {
  private static final Path DRILLS = Path.of("helm/assay/alerts/drills.yaml");
  private static final Path RUNBOOK = Path.of("docs/operations/alerts.md");

  @Test
  void each_says_what_is_wrong_how_bad_it_is_and_where_it_stands_what_to_do() throws IOException {
    List<Alert> alerts = FigureNames.alerts();

    assertThat(alerts).hasSizeGreaterThanOrEqualTo(12);
    assertThat(alerts).extracting(Alert::name).doesNotHaveDuplicates();
    for (Alert alert : alerts) {
      assertThat(alert.labels().get("severity")).as(alert.name()).isIn("critical", "warning");
      assertThat(alert.annotations().get("summary")).as(alert.name()).isNotBlank();
      assertThat(alert.annotations().get("runbook_url"))
          .isEqualTo(RUNBOOK + "#" + alert.name().toLowerCase(Locale.ROOT));
      assertThat(FigureNames.in(alert.expr())).as(alert.expr()).isNotEmpty();
    }
    assertThat(sections()).isEqualTo(names(alerts));
  }

  @Test
  void each_has_a_drill_in_which_it_fires_and_one_in_which_it_does_not() throws IOException {
    Set<String> fires = new TreeSet<>();
    Set<String> waits = new TreeSet<>();
    Map<String, List<Map<String, List<Map<String, Object>>>>> file =
        new Yaml().load(Files.readString(Checkout.find().resolve(DRILLS)));
    for (var drill : file.getOrDefault("tests", List.of())) {
      for (var expected : drill.getOrDefault("promql_expr_test", List.of())) {
        var alert =
            Pattern.compile("alertname=\"(\\w+)\", alertstate=\"firing\"")
                .matcher(String.valueOf(expected.get("expr")));
        if (alert.find()) {
          boolean isFiring = String.valueOf(expected.get("exp_samples")).contains("value=1");
          (isFiring ? fires : waits).add(alert.group(1));
        }
      }
    }

    assertThat(fires).isEqualTo(names(FigureNames.alerts()));
    assertThat(waits).isEqualTo(fires);
  }

  @Test
  void each_fires_in_its_drill_and_none_in_a_market_that_is_well() throws Exception {
    Optional<Path> promtool = onPath("promtool");
    // Part of Prometheus (Debian: apt-get download prometheus); .ci/run gets it.
    assumeThat(promtool).isPresent();

    assertThat(
            run(promtool.orElseThrow().toString(), "check", "rules", FigureNames.ALERTS.toString()))
        .startsWith("exit 0");
    assertThat(run(promtool.orElseThrow().toString(), "test", "rules", DRILLS.toString()))
        .startsWith("exit 0");
  }

  @Test
  void the_names_in_an_expression_are_found_and_nothing_else() {
    assertThat(
            FigureNames.in(
                "max by (some_label) (rate(one_total{two_x=\"three_y\"}[5m]) > 3 and on (a_b)"
                    + " histogram_quantile(0.5, four_bucket)) or {__name__=~\"five_a|six_b\"}"))
        .containsExactly("five_a", "four_bucket", "one_total", "six_b");
  }

  private static Set<String> names(List<Alert> alerts) {
    return alerts.stream().map(Alert::name).collect(Collectors.toCollection(TreeSet::new));
  }

  private static Set<String> sections() throws IOException {
    return Pattern.compile("(?m)^## (Assay\\w+)$")
        .matcher(Files.readString(Checkout.find().resolve(RUNBOOK)))
        .results()
        .map(found -> found.group(1))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Optional<Path> onPath(String program) {
    return Arrays.stream(System.getenv("PATH").split(":", -1))
        .map(folder -> Path.of(folder, program))
        .filter(Files::isExecutable)
        .findFirst();
  }

  private static String run(String... command) throws Exception {
    Process process =
        new ProcessBuilder(command)
            .directory(Checkout.find().toFile())
            .redirectErrorStream(true)
            .start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return "exit %d%n%s".formatted(process.waitFor(), printed);
  }
}
