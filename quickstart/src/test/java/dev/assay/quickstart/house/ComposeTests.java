package dev.assay.quickstart.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.Yaml;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** docker-compose.yml, as far as it can be held to the truth without an engine. */
class ComposeTests {
  private static final Pattern SETTINGS =
      Pattern.compile(
          "(?s)@ConfigurationProperties\\(\"([^\"]+)\"\\)\\s*(?:public )?record"
              + " \\w+\\((.*?)\\)\\s*\\{");

  private static final Pattern COMPONENT = Pattern.compile("(\\w+)\\s*(?:,|$)");

  private final Map<String, Object> file =
      new Yaml().load(Tree.read(Path.of("docker-compose.yml")));

  @Test
  void each_part_that_stays_says_when_it_is_well_and_waits_for_what_it_needs() {
    Set<String> names = services().keySet();
    assertThat(names)
        .containsExactlyInAnyOrder(
            "postgresql",
            "kafka",
            "evm-node",
            "contracts",
            "marketplace-api",
            "settlement",
            "worker");
    services()
        .forEach((name, service) -> {
          boolean isOver = name.equals("contracts");
          assertThat(service.containsKey("healthcheck")).as(name).isEqualTo(!isOver);
          map(service, "depends_on")
              .forEach((other, condition) -> {
                assertThat(names).as(name).contains(other);
                assertThat(condition)
                    .isEqualTo(
                        Map.of(
                            "condition",
                            other.equals("contracts")
                                ? "service_completed_successfully"
                                : "service_healthy"));
              });
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"marketplace-api", "settlement"})
  void each_setting_of_a_service_is_one_that_it_has(String name) throws IOException {
    Set<String> known = known(name);
    Set<String> given = new TreeSet<>(map(service(name), "environment").keySet());
    given.remove("ASSAY_HOME"); // docker/run's

    assertThat(given).hasSizeGreaterThan(8).isSubsetOf(known);
    assertThat(known).doesNotContain("MARKETPLACE_AUDIT_EPOCHAGES", "SERVER_PORTS");
  }

  @Test
  void what_is_mounted_and_run_is_there() throws Exception {
    Set<String> volumes = map(file, "volumes").keySet();
    for (var service : services().values()) {
      for (Object mount : list(service, "volumes")) {
        String from = mount.toString().split(":", 2)[0];
        assertThat(
                from.startsWith("./")
                    ? Files.exists(Tree.ROOT.resolve(from))
                    : volumes.contains(from))
            .as(mount.toString())
            .isTrue();
      }
    }
    for (String script : List.of("docker/run", "docker/postgresql.sh")) {
      Process parsed = new ProcessBuilder("sh", "-n", Tree.ROOT.resolve(script).toString()).start();
      assertThat(parsed.waitFor()).as(script).isZero();
    }
  }

  @Test
  void each_program_that_a_container_runs_exists() {
    String run = Tree.read(Path.of("docker/run"));
    String launcher = Tree.read(Path.of("assay"));
    assertThat(Tree.read(Path.of("Dockerfile"))).contains("ENTRYPOINT [\"/assay/docker/run\"]");
    for (String name : List.of("contracts", "marketplace-api", "settlement", "worker")) {
      String program = list(service(name), "command").getFirst().toString();
      assertThat(
              run.contains("\n  %s) service ".formatted(program))
                  || launcher.contains("commands=\"") && commands(launcher).contains(program))
          .as(program)
          .isTrue();
    }
    for (String main :
        List.of(
            "dev.assay.marketplace.MarketplaceApplication",
            "dev.assay.settlement.SettlementApplication")) {
      assertThat(run).contains(main);
      assertThat(Tree.files("/" + main.replace('.', '/') + ".java")).hasSize(1);
    }
  }

  private static List<String> commands(String launcher) {
    String line =
        launcher.lines().filter(one -> one.startsWith("commands=")).findFirst().orElseThrow();
    return List.of(line.replaceAll("commands=|\"", "").split(" ", -1));
  }

  private Map<String, Map<String, Object>> services() {
    Map<String, Map<String, Object>> services = new TreeMap<>();
    map(file, "services").keySet().forEach(name -> services.put(name, service(name)));
    return services;
  }

  private Map<String, Object> service(String name) {
    return map(map(file, "services"), name);
  }

  @SuppressWarnings("unchecked") // YAML's maps have texts as keys here
  private static Map<String, Object> map(Map<String, Object> of, String member) {
    return (Map<String, Object>) of.getOrDefault(member, Map.of());
  }

  @SuppressWarnings("unchecked")
  private static List<Object> list(Map<String, Object> of, String member) {
    return (List<Object>) of.getOrDefault(member, List.of());
  }

  /** As variables of the environment: ours from their records, Spring's from what it documents. */
  private static Set<String> known(String module) throws IOException {
    Set<String> known = new HashSet<>();
    for (Path source : Tree.files(".java")) {
      if (source.startsWith(module + "/src/main")) {
        var settings = SETTINGS.matcher(Tree.read(source));
        while (settings.find()) {
          String components = settings.group(2).replaceAll("@\\w+(\\([^)]*\\))?", "");
          var component = COMPONENT.matcher(components.strip());
          while (component.find()) {
            known.add(variable(settings.group(1) + "." + component.group(1)));
          }
        }
      }
    }
    assertThat(known).isNotEmpty();
    List<URL> described =
        Collections.list(
            ComposeTests.class
                .getClassLoader()
                .getResources("META-INF/spring-configuration-metadata.json"));
    for (URL one : described) {
      try (InputStream in = one.openStream()) {
        for (JsonNode property : JsonMapper.shared().readTree(in).path("properties")) {
          known.add(variable(property.path("name").asString()));
        }
      }
    }
    return known;
  }

  private static String variable(String property) {
    return property.replace("-", "").replace('.', '_').toUpperCase(Locale.ROOT);
  }
}
