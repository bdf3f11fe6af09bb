package dev.assay.quickstart.stack;

import dev.assay.quickstart.stack.testing.Processes;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A JVM whose only duty is to own a stack, so that a test can kill it. */
final class StackOwner implements AutoCloseable {
  private static final String READY = "ready ";

  private final Process process;
  private final Path errors;
  private final String readyLine;

  private StackOwner(Process process, Path errors, String readyLine) {
    this.process = process;
    this.errors = errors;
    this.readyLine = readyLine;
  }

  public static void main(String[] arguments) throws InterruptedException {
    try {
      var supervision = Supervision.of(Home.open(Path.of(arguments[0]), "a test"));
      var stack = Stack.start(supervision.home(), Ports.free(), Checkout.find());
      supervision.add(stack);
      var database = stack.postgres().address().login(DatabaseRole.MARKETPLACE);
      System.out.println(
          String.join(
              " ",
              READY + stack.evmNode().address().rpcUrl(),
              database.jdbcUrl(),
              database.username(),
              database.password()));
      throw supervision.awaitLoss();
    } catch (Refusal refusal) {
      System.err.println(refusal.getMessage());
      System.exit(refusal.exitCode().number());
    }
  }

  /** Returns when its stack is up, or when it has ended without. */
  static StackOwner start(Path home) throws IOException {
    Path errors = Files.createTempFile("owner-", ".err");
    Process process =
        Processes.start(
            new ProcessBuilder(
                    List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-Xmx64m",
                        "-cp",
                        JvmCommand.currentClassPath(),
                        StackOwner.class.getName(),
                        home.toString()))
                .redirectError(errors.toFile()));
    BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
    String line = out.readLine();
    while (line != null && !line.startsWith(READY)) {
      line = out.readLine();
    }
    return new StackOwner(process, errors, line == null ? "" : line);
  }

  long pid() {
    return process.pid();
  }

  boolean isReady() {
    return !readyLine.isEmpty();
  }

  URI rpcUrl() {
    return URI.create(readyLine.split(" ")[1]);
  }

  DatabaseLogin database() {
    String[] words = readyLine.split(" ");
    return new DatabaseLogin(words[2], words[3], words[4]);
  }

  int exitCode() throws InterruptedException {
    if (!process.waitFor(30, TimeUnit.SECONDS)) {
      throw new IllegalStateException("the owner still runs");
    }
    return process.exitValue();
  }

  String errors() throws IOException {
    return Files.readString(errors);
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
