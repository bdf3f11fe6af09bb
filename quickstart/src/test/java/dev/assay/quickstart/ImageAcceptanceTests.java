package dev.assay.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.quickstart.stack.Checkout;
import dev.assay.quickstart.stack.DatabaseLogin;
import dev.assay.quickstart.stack.DatabaseRole;
import dev.assay.quickstart.stack.Home;
import dev.assay.quickstart.stack.Ports;
import dev.assay.quickstart.stack.PostgresServer;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes.Name;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** What the Dockerfile puts into the image, put together and run here: no engine is needed. */
class ImageAcceptanceTests {
  @TempDir static Path folder;

  private static Path image;

  @BeforeAll
  static void assemble() throws Exception {
    image = folder.resolve("assay");
    assertThat(
            run(Map.of(), Checkout.find().resolve("docker/assemble").toString(), image.toString()))
        .startsWith("exit 0");
  }

  @Test
  void it_has_what_runs_and_nothing_of_what_built_it() throws Exception {
    try (var files = Files.walk(image)) {
      assertThat(files.filter(Files::isRegularFile).map(file -> file.getFileName().toString()))
          .noneMatch(name -> name.endsWith(".java") || name.equals("pom.xml"))
          .anyMatch(name -> name.startsWith("marketplace-api-"))
          .anyMatch(name -> name.startsWith("postgresql-"));
    }
    for (String module : List.of("marketplace-api", "settlement", "worker-agent", "quickstart")) {
      for (String jar :
          Files.readString(image.resolve(module + "/target/classpath")).split(":", -1)) {
        assertThat(Path.of(jar)).startsWith(image).isRegularFile();
        assertThat(beside(Path.of(jar))).allSatisfy(named -> assertThat(named).isRegularFile());
      }
    }
    assertThat(beside(image.resolve("lib/contracts.jar"))).isNotEmpty();
  }

  @Test
  void a_program_that_it_has_not_is_refused_by_name() throws Exception {
    assertThat(program(Map.of(), "apii")).startsWith("exit 64").contains("'apii'", "migrate-api");
    assertThat(program(Map.of())).startsWith("exit 64");
    assertThat(program(Map.of(), "worker", "--help")).startsWith("exit 0").contains("up");
    assertThat(program(Map.of(), "deploy", "--help")).startsWith("exit 0").contains("--rpc");
  }

  @Test
  void its_migrations_need_the_database_and_nothing_else() throws Exception {
    try (var home = Home.temporary()) {
      PostgresServer server = PostgresServer.start(home, Ports.free(1).getFirst());
      try {
        for (DatabaseRole role : DatabaseRole.values()) {
          DatabaseLogin login = server.address().login(role);
          Map<String, String> environment =
              Map.of(
                  "SPRING_DATASOURCE_URL", login.jdbcUrl(),
                  "SPRING_DATASOURCE_USERNAME", login.username(),
                  "SPRING_DATASOURCE_PASSWORD", login.password());
          String name = role == DatabaseRole.MARKETPLACE ? "migrate-api" : "migrate-settlement";

          assertThat(program(environment, name))
              .startsWith("exit 0")
              .contains("Successfully applied");
          assertThat(program(environment, name)).startsWith("exit 0").contains("up to date");
        }
      } finally {
        server.process().stop();
      }
    }
  }

  /** A minute on a busy machine. */
  @Test
  @EnabledIfSystemProperty(named = "assay.nightly", matches = "true")
  void its_start_up_caches_are_made_without_a_database() throws Exception {
    assertThat(run(Map.of(), image.resolve("docker/train").toString())).isEqualTo("exit 0\n");

    for (String module : List.of("marketplace-api", "settlement")) {
      assertThat(image.resolve(module + "/target/startup.aot")).isNotEmptyFile();
    }
    assertThat(program(Map.of("SPRING_DATASOURCE_URL", "jdbc:postgresql://127.0.0.1:1/a"), "api"))
        .startsWith("exit 1")
        .contains("Connection to 127.0.0.1:1 refused")
        .doesNotContain("[aot]");
  }

  /** What the jar's own manifest adds to the class path. */
  private static List<Path> beside(Path jar) throws IOException {
    try (var file = new JarFile(jar.toFile())) {
      Manifest manifest = file.getManifest();
      String names =
          manifest == null ? null : manifest.getMainAttributes().getValue(Name.CLASS_PATH);
      return names == null
          ? List.of()
          : Stream.of(names.split(" ", -1)).map(jar::resolveSibling).toList();
    }
  }

  private static String program(Map<String, String> environment, String... arguments)
      throws Exception {
    String[] command = new String[arguments.length + 1];
    command[0] = image.resolve("docker/run").toString();
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    return run(environment, command);
  }

  private static String run(Map<String, String> environment, String... command)
      throws IOException, InterruptedException {
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().remove("JAVA_TOOL_OPTIONS"); // JaCoCo's
    builder
        .environment()
        .merge(
            "PATH",
            Path.of(System.getProperty("java.home"), "bin").toString(),
            (path, java) -> java + File.pathSeparator + path);
    builder.environment().putAll(environment);
    Process process = builder.start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return "exit %d\n%s".formatted(process.waitFor(), printed);
  }
}
