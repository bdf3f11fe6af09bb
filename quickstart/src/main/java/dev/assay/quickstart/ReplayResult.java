package dev.assay.quickstart;

import dev.assay.protocol.content.EmbeddingsInput;
import dev.assay.protocol.content.EmbeddingsOutput;
import dev.assay.protocol.content.JobInput;
import dev.assay.protocol.content.KnownModels;
import dev.assay.protocol.content.ModelManifest;
import dev.assay.protocol.content.ProfileClass;
import dev.assay.protocol.receipt.JobReceipt;
import dev.assay.protocol.receipt.ReceiptResult;
import dev.assay.protocol.receipt.Step;
import dev.assay.protocol.replay.ModelFiles;
import dev.assay.protocol.replay.StrictReplay;
import dev.assay.protocol.verification.Assessment;
import dev.assay.protocol.verification.OutputComparison;
import dev.assay.quickstart.stack.Checkout;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Runs the model of a receipt again on the very input, with the same bits as everybody who does so,
 * and holds the result that was paid against it. Who does that takes nobody's word.
 */
final class ReplayResult {
  private static final String NAME = "replay";
  private static final JsonMapper JSON = JsonMapper.shared();

  private ReplayResult() {}

  /**
   * @param input the job's, or the body by which it was posted
   * @param result as {@code GET /api/jobs/ID/result} answers it, or the job with it
   * @throws IllegalArgumentException for what is neither
   */
  static Step of(JobReceipt receipt, String input, String result) {
    ReceiptResult claimed = receipt.result();
    if (claimed == null) {
      return new Step(NAME, false, "the receipt has no result to replay");
    }
    EmbeddingsInput texts = texts(JSON.readTree(input));
    EmbeddingsOutput output = output(JSON.readTree(result));
    if (!texts.digest().equals(receipt.request().inputDigest())) {
      return new Step(
          NAME,
          false,
          "the input's digest is %s, request.inputDigest is %s"
              .formatted(texts.digest(), receipt.request().inputDigest()));
    }
    if (!output.digest().equals(claimed.outputDigest())) {
      return new Step(
          NAME,
          false,
          "the result's digest is %s, result.outputDigest is %s"
              .formatted(output.digest(), claimed.outputDigest()));
    }
    ModelManifest model = KnownModels.ALL_MINILM_L6_V2;
    if (!model.digest().equals(receipt.request().modelDigest())) {
      return new Step(
          NAME, false, "the model %s is not known here".formatted(receipt.request().modelDigest()));
    }
    EmbeddingsOutput own = replay(model).embed(texts);
    Assessment found =
        new OutputComparison(model.digest(), profile(claimed))
            .assess(claimed.assignment().spec(), output, own);
    return new Step(
        NAME,
        found instanceof Assessment.Pass,
        switch (found) {
          case Assessment.Pass() ->
              "%s run again: the result is within the tolerance of what it gives, digest %s"
                  .formatted(model.name(), own.digest());
          case Assessment.Flag(double statistic, double threshold) ->
              "%s run again gives another result: %s apart, where %s is tolerated"
                  .formatted(model.name(), statistic, threshold);
          case Assessment.Inconclusive(String reason) -> reason;
        });
  }

  private static ProfileClass profile(ReceiptResult claimed) {
    return Stream.of(ProfileClass.values())
        .filter(profile -> profile.digest().equals(claimed.attestation().profileDigest()))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("The worker's profile is not known here."));
  }

  /** From the agent's jars, which have the model in them. */
  private static StrictReplay replay(ModelManifest model) {
    try (var jars = new URLClassLoader(agentsJars(), null)) {
      return StrictReplay.of(model, new ModelFiles(jars, null));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static URL[] agentsJars() throws MalformedURLException {
    List<URL> jars = new ArrayList<>();
    for (String jar : Service.WORKER.classPath(Checkout.find()).split(File.pathSeparator, -1)) {
      jars.add(Path.of(jar).toUri().toURL());
    }
    return jars.toArray(URL[]::new);
  }

  private static EmbeddingsInput texts(JsonNode document) {
    JsonNode input = document.path("input").isObject() ? document.path("input") : document;
    if (!(JSON.treeToValue(input, JobInput.class) instanceof EmbeddingsInput texts)) {
      throw new IllegalArgumentException("Only sentence embeddings can be replayed.");
    }
    return texts;
  }

  private static EmbeddingsOutput output(JsonNode document) {
    JsonNode result = document.path("result").isObject() ? document.path("result") : document;
    if (result.has("float32")) {
      return new EmbeddingsOutput(
          result.path("count").asInt(),
          result.path("dimensions").asInt(),
          Base64.getDecoder().decode(result.path("float32").asString()));
    }
    List<float[]> vectors = new ArrayList<>();
    for (JsonNode vector : result.path("vectors")) {
      vectors.add(JSON.treeToValue(vector, float[].class));
    }
    if (vectors.isEmpty()) {
      throw new IllegalArgumentException("The result has no vectors.");
    }
    return EmbeddingsOutput.of(vectors);
  }
}
