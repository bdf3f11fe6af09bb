package dev.assay.quickstart;

import dev.assay.quickstart.stack.Checkout;
import dev.assay.quickstart.stack.DatabaseLogin;
import dev.assay.quickstart.stack.Ports;
import dev.assay.quickstart.stack.testing.Processes;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;

/** {@code assay up} or {@code demo} in a process, known only by what it prints and writes. */
final class RunningUp implements AutoCloseable {
  private final Path home;
  private final Process process;
  private final Path output;

  private RunningUp(Path home, Process process, Path output) {
    this.home = home;
    this.process = process;
    this.output = output;
  }

  /** Returns at once. */
  static RunningUp start(Path home) throws IOException {
    return start("up", home);
  }

  /**
   * @param environment for all processes, beside what they are told otherwise
   */
  static RunningUp start(Path home, Map<String, String> environment) throws IOException {
    return start("up", home, environment);
  }

  /**
   * @param command {@code up} or {@code demo}
   */
  static RunningUp start(String command, Path home, String... options) throws IOException {
    return start(command, home, Map.of(), options);
  }

  private static RunningUp start(
      String command, Path home, Map<String, String> environment, String... options)
      throws IOException {
    int port = Ports.free(1).getFirst();
    Path output = Files.createTempFile(command + "-", ".log");
    List<String> arguments =
        new ArrayList<>(List.of(command, "--home", home.toString(), "--port", "" + port));
    arguments.addAll(List.of(options));
    ProcessBuilder builder =
        command(arguments.toArray(String[]::new))
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    builder.environment().putAll(environment);
    Process process = Processes.start(builder);
    return new RunningUp(home, process, output);
  }

  /**
   * As {@link #start(Path)}, by the launcher of another checkout.
   *
   * @param checkout that is built
   */
  static RunningUp startFrom(Path checkout, Path home) throws IOException {
    Path output = Files.createTempFile("up-", ".log");
    Process process =
        Processes.start(
            new ProcessBuilder(
                    checkout.resolve("assay").toString(),
                    "up",
                    "--home",
                    home.toString(),
                    "--port",
                    "" + Ports.free(1).getFirst())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile()));
    return new RunningUp(home, process, output);
  }

  /** Any command of the launcher, to its end. */
  static String run(String... arguments) throws IOException, InterruptedException {
    Process process = Processes.start(command(arguments).redirectErrorStream(true));
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return "exit %d%n%s".formatted(process.waitFor(), printed);
  }

  private static ProcessBuilder command(String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                classPath(List.of("bench", "demo").contains(arguments[0])),
                Quickstart.class.getName()));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command);
  }

  /** The launcher's, and not that of the tests, on which there is more. */
  private static String classPath(boolean isWhole) throws IOException {
    Path target = Checkout.find().resolve("quickstart/target");
    String path = target.resolve("classes") + ":" + Files.readString(target.resolve("classpath"));
    return isWhole
        ? path.strip() + ":" + Files.readString(target.resolve("bench-classpath")).strip()
        : path.strip();
  }

  /** True once it has said so. */
  boolean isUp() throws IOException {
    if (!process.isAlive()) {
      throw new AssertionError("up has ended: " + printed());
    }
    return printed().contains("Assay is up after");
  }

  String printed() throws IOException {
    return Files.readString(output);
  }

  long pid() {
    return process.pid();
  }

  int exitCode() throws InterruptedException {
    if (!process.waitFor(30, TimeUnit.SECONDS)) {
      throw new AssertionError("up still runs");
    }
    return process.exitValue();
  }

  String address(String part) throws IOException {
    return properties("run/addresses.properties").getProperty(part);
  }

  /** As the manual tells a person to look into the database. */
  long count(String role, String query) throws IOException, SQLException {
    try (var connection = connect(role);
        var statement = connection.createStatement();
        var rows = statement.executeQuery(query)) {
      rows.next();
      return rows.getLong(1);
    }
  }

  Connection superuser() throws IOException, SQLException {
    return connect("postgres");
  }

  private Connection connect(String role) throws IOException, SQLException {
    String password = properties("pg18/passwords").getProperty(role);
    return new DatabaseLogin(address("postgresql"), role, password).connect();
  }

  private Properties properties(String file) throws IOException {
    var properties = new Properties();
    try (InputStream in = Files.newInputStream(home.resolve(file))) {
      properties.load(in);
    }
    return properties;
  }

  @Override
  public void close() throws InterruptedException {
    process.destroy();
    if (!process.waitFor(20, TimeUnit.SECONDS)) {
      process.destroyForcibly();
    }
  }
}
