package dev.assay.quickstart.bench;

import dev.assay.quickstart.stack.DatabaseLogin;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** graphile-worker, the fastest of the queues that one takes from a shelf; runs in Node. */
public final class GraphileWorkerPeer {
  private final NodeProgram program;
  private final DatabaseLogin login;

  /**
   * @param checkout has its script; its packages are installed once under {@code target}
   * @param login may create a schema
   */
  public GraphileWorkerPeer(Path checkout, DatabaseLogin login) {
    this.login = login;
    Path source = checkout.resolve("quickstart/src/bench/graphile-worker");
    this.program =
        NodeProgram.install(checkout, "graphile-worker", source, source.resolve("bench.mjs"));
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

  private JsonNode told(String... arguments) {
    List<String> command = new ArrayList<>(List.of("bench.mjs"));
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
    String[] lines =
        program
            .run(Map.of("DATABASE_URL", url), command.toArray(String[]::new))
            .strip()
            .split("\n", -1);
    return MarketClient.JSON.readTree(lines[lines.length - 1]);
  }
}
