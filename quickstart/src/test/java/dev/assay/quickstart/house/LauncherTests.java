package dev.assay.quickstart.house;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.quickstart.stack.Checkout;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The launcher as a shell runs it. Nothing here is built or started. */
class LauncherTests {
  private static final Path LAUNCHER = Tree.ROOT.resolve("assay");

  @TempDir Path folder = Path.of("");

  private record Ended(int code, String out, String err) {}

  @Test
  void without_a_command_it_lists_the_commands() throws Exception {
    var help = run(Map.of(), LAUNCHER);

    assertThat(help.code()).isZero();
    assertThat(help.out()).contains("usage: assay", "up ", "worker ", "doctor ", "reset ");
  }

  @ParameterizedTest
  @CsvSource({
    "upp, Did you mean 'up'?",
    "staus, Did you mean 'status'?",
    "docter, Did you mean 'doctor'?",
    "conquer, Run ./assay help."
  })
  void an_unknown_command_is_refused_and_the_nearest_one_named(String command, String advice)
      throws Exception {
    var refused = run(Map.of(), LAUNCHER, command);

    assertThat(refused.code()).isEqualTo(64);
    assertThat(refused.err()).contains("There is no command '" + command + "'", advice);
  }

  @Test
  void without_a_jdk_25_it_says_what_to_install_and_starts_nothing() throws Exception {
    Path another = folder.resolve("jdk 17");
    Files.createDirectories(another.resolve("bin"));
    Files.writeString(another.resolve("release"), "JAVA_VERSION=\"17.0.1\"\n");

    var refused = run(Map.of("ASSAY_JAVA_HOME", another.toString()), LAUNCHER, "up");

    assertThat(refused.code()).isEqualTo(69);
    assertThat(refused.err())
        .startsWith("assay: There is no JDK 25 in " + another)
        .contains("Install a JDK 25");
  }

  @Test
  void doctor_finds_the_jdk_that_runs_these_tests_also_through_a_link_and_a_blank_in_the_path()
      throws Exception {
    Path jdk = folder.resolve("a jdk");
    Files.createSymbolicLink(jdk, Path.of(System.getProperty("java.home")));
    Path link = folder.resolve("my assay");
    Files.createSymbolicLink(link, LAUNCHER);

    var doctor = run(Map.of("ASSAY_JAVA_HOME", jdk.toString()), link, "doctor", "--only", "jdk");

    assertThat(doctor.code()).as(doctor.err()).isZero();
    assertThat(doctor.out()).startsWith("OK").contains("25.", jdk.toString());
  }

  @Test
  void doctor_names_each_thing_that_is_missing_and_its_remedy() throws Exception {
    // A search path with the shell's own tools, but no Java, Maven or Node.
    Path tools = Files.createDirectory(folder.resolve("tools"));
    for (String tool :
        List.of(
            "sh",
            "sed",
            "awk",
            "uname",
            "id",
            "unshare",
            "true",
            "df",
            "dirname",
            "readlink",
            "cat",
            "tr",
            "find",
            "head")) {
      Files.createSymbolicLink(tools.resolve(tool), Path.of("/usr/bin").resolve(tool));
    }

    var doctor =
        run(
            Map.of("PATH", tools.toString(), "ASSAY_JAVA_HOME", folder.toString()),
            LAUNCHER,
            "doctor");

    assertThat(doctor.code()).isEqualTo(69);
    for (String subject : List.of("JDK", "Maven", "Node", "npm")) {
      assertThat(doctor.out()).containsPattern("FAIL  " + subject + " .*\n +fix: ");
    }
  }

  @Test
  void doctor_tells_a_home_that_cannot_be_used() throws Exception {
    var doctor = run(Map.of("ASSAY_HOME", "/proc/assay"), LAUNCHER, "doctor");

    assertThat(doctor.code()).isEqualTo(69);
    assertThat(doctor.out()).containsPattern("FAIL  home .*\n +fix: .*ASSAY_HOME");
  }

  /** It leaves out Error Prone and NullAway, so {@code mvn verify} must not meet its classes. */
  @Test
  void what_it_builds_lies_apart_from_what_has_been_checked() throws Exception {
    String launcher = Files.readString(LAUNCHER);
    String pom = Files.readString(Tree.ROOT.resolve("pom.xml"));

    assertThat(launcher).contains("\ntarget=target/launch\n", " -Plaunch ");
    assertThat(pom.substring(pom.indexOf("<id>launch</id>")))
        .contains("<directory>${project.basedir}/target/launch</directory>");
    assertThat(Checkout.built(Tree.ROOT, "settlement"))
        .isEqualTo(Tree.ROOT.resolve("settlement/target"));
  }

  private static Ended run(Map<String, String> environment, Path launcher, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("/bin/sh", launcher.toString()));
    command.addAll(List.of(arguments));
    var builder = new ProcessBuilder(command);
    builder.environment().putAll(environment);
    Process process = builder.start();
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Ended(process.waitFor(), out, err);
  }
}
