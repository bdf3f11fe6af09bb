package dev.assay.quickstart.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.Yaml;

/** docker-compose.yml, as far as it can be held to the truth without an engine. */
class ComposeTests {
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
    Set<String> known = KnownSettings.of(name);
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
    for (String script :
        List.of("docker/run", "docker/assemble", "docker/train", "docker/postgresql.sh")) {
      Process parsed = new ProcessBuilder("sh", "-n", Tree.ROOT.resolve(script).toString()).start();
      assertThat(parsed.waitFor()).as(script).isZero();
    }
  }

  @Test
  void each_program_that_a_container_runs_exists() {
    String run = Tree.read(Path.of("docker/run"));
    assertThat(Tree.read(Path.of("Dockerfile"))).contains("ENTRYPOINT [\"/assay/docker/run\"]");
    for (String name : List.of("contracts", "marketplace-api", "settlement", "worker")) {
      String program = list(service(name), "command").getFirst().toString();
      assertThat(run).contains("\n  %s) service ".formatted(program));
    }
    List<String> mains =
        Pattern.compile("\\) service \\S+ (\\S+)")
            .matcher(run)
            .results()
            .map(found -> found.group(1))
            .toList();
    assertThat(mains).hasSizeGreaterThan(4);
    for (String main : mains) {
      assertThat(Tree.files("/" + main.replace('.', '/') + ".java")).as(main).hasSize(1);
    }
  }

  @Test
  void no_program_of_ours_may_more_than_it_needs() {
    for (String name : List.of("contracts", "marketplace-api", "settlement", "worker")) {
      assertThat(service(name))
          .as(name)
          .containsEntry("read_only", true)
          .containsEntry("cap_drop", List.of("ALL"));
    }
    String image = Tree.read(Path.of("Dockerfile"));
    assertThat(image.substring(image.lastIndexOf("FROM"))).contains("USER 10001");
    Pattern.compile("(?m)^ARG \\w+=(.*)$")
        .matcher(image)
        .results()
        .forEach(base -> assertThat(base.group(1)).matches("\\S+:\\d+\\.\\d+\\.\\d+\\S*"));
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
}
