package dev.assay.quickstart.bench;

import dev.assay.quickstart.stack.ExitCode;
import dev.assay.quickstart.stack.Refusal;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.LongConsumer;
import tools.jackson.databind.JsonNode;

/** A batch that the unmodified {@code openai} client for Node hands in, and waits for. */
public final class OpenAiBatch {
  private final NodeProgram program;

  /**
   * @param checkout has the client's lockfile, which is that of the tests, and the script
   */
  public OpenAiBatch(Path checkout) {
    this.program =
        NodeProgram.install(
            checkout,
            "openai",
            checkout.resolve("marketplace-api/src/test/js"),
            checkout.resolve("quickstart/src/bench/openai/batch.mjs"));
  }

  /**
   * What the client has got.
   *
   * @param client its version
   * @param completed lines with an answer, as the market counts them
   * @param failed lines with a refusal
   * @param unanswered lines in neither file
   * @param twice lines that are there more than once
   * @param otherwise lines with another answer than they ask for
   */
  public record Outcome(
      String client,
      String status,
      long completed,
      long failed,
      long unanswered,
      long twice,
      long otherwise) {}

  /** How many of so many lines fail by themselves. */
  public static long wrongOf(int lines) {
    return lines / 50;
  }

  /**
   * Returns when it has ended and its files are read.
   *
   * @param progress told how many lines are answered, again and again; the client waits meanwhile
   *     for nobody
   * @param printed takes what the client says of errors
   */
  public Outcome run(int port, String key, int lines, LongConsumer progress, Path printed)
      throws IOException {
    Process process =
        program.start(
            Map.of(
                "OPENAI_BASE_URL", "http://127.0.0.1:%d/v1".formatted(port), "OPENAI_API_KEY", key),
            printed,
            true,
            "batch.mjs",
            "" + lines);
    try (var said =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = said.readLine(); line != null; line = said.readLine()) {
        JsonNode told = MarketClient.JSON.readTree(line);
        if (told.has("status")) {
          return MarketClient.JSON.treeToValue(told, Outcome.class);
        }
        progress.accept(told.path("answered").asLong());
      }
    } finally {
      process.destroyForcibly();
    }
    throw new Refusal(
        ExitCode.UNAVAILABLE, "The client ended early. It printed: " + Files.readString(printed));
  }
}
