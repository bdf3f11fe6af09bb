package dev.assay.quickstart.bench;

import dev.assay.quickstart.stack.DatabaseLogin;
import dev.assay.quickstart.stack.ExitCode;
import dev.assay.quickstart.stack.Refusal;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;

/** graphile-worker, the fastest of the queues that one takes from a shelf; runs in Node. */
public final class GraphileWorkerPeer {
  private static final long MINUTES = 3;

  private final Path folder;
  private final DatabaseLogin login;

  /**
   * @param checkout has its script; its packages are installed once under {@code target}
   * @param login may create a schema
   */
  public GraphileWorkerPeer(Path checkout, DatabaseLogin login) {
    this.login = login;
    this.folder = install(checkout);
  }

  /** The whole trip of many jobs: seconds and CPU seconds of Node. */
  public record Trip(double seconds, double cpuSeconds) {}

  /** From enqueueing a job to its start, in milliseconds. */
  public record Latency(double p50, double p99) {}

  public Trip trip(int jobs) {
    JsonNode told = told("trip", "" + jobs);
    return new Trip(told.path("seconds").asDouble(), told.path("cpuSeconds").asDouble());
  }

  public Latency latency(int jobs, int intervalMillis) {
    JsonNode told = told("latency", "" + jobs, "" + intervalMillis);
    return new Latency(told.path("p50").asDouble(), told.path("p99").asDouble());
  }

  private static Path install(Path checkout) {
    Path source = checkout.resolve("quickstart/src/bench/graphile-worker");
    Path target = checkout.resolve("quickstart/target/bench/graphile-worker");
    try {
      Files.createDirectories(target);
      for (String file : List.of("package.json", "package-lock.json", "bench.mjs")) {
        Files.write(target.resolve(file), Files.readAllBytes(source.resolve(file)));
      }
    } catch (IOException e) {
      throw new Refusal(ExitCode.CANNOT_CREATE, "Cannot write to " + target + ".", e);
    }
    if (!Files.exists(target.resolve("node_modules/.package-lock.json"))) {
      run(
          target,
          "",
          List.of("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"));
    }
    return target;
  }

  private JsonNode told(String... arguments) {
    List<String> command = new ArrayList<>(List.of("node", "bench.mjs"));
    command.addAll(List.of(arguments));
    String url =
        login
            .jdbcUrl()
            .replace(
                "jdbc:postgresql://",
                "postgres://%s:%s@"
                    .formatted(
                        login.username(),
                        URLEncoder.encode(login.password(), StandardCharsets.UTF_8)));
    String[] lines = run(folder, url, command).strip().split("\n", -1);
    return MarketClient.JSON.readTree(lines[lines.length - 1]);
  }

  private static String run(Path folder, String databaseUrl, List<String> command) {
    try {
      Path printed = Files.createTempFile(folder, "printed-", ".log");
      var builder =
          new ProcessBuilder(command)
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(printed.toFile());
      builder.environment().put("DATABASE_URL", databaseUrl);
      Process process = builder.start();
      try {
        boolean isOver = process.waitFor(MINUTES, TimeUnit.MINUTES);
        String text = Files.readString(printed);
        if (!isOver || process.exitValue() != 0) {
          throw new Refusal(
              ExitCode.UNAVAILABLE,
              "'%s' failed; Node and npm are needed for this peer. It printed: %s"
                  .formatted(String.join(" ", command), text));
        }
        return text;
      } finally {
        process.destroyForcibly();
        Files.deleteIfExists(printed);
      }
    } catch (IOException e) {
      throw new Refusal(
          ExitCode.UNAVAILABLE, "Cannot run '%s'.".formatted(String.join(" ", command)), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Refusal(ExitCode.SOFTWARE, "Stopped while a peer was measured.", e);
    }
  }
}
