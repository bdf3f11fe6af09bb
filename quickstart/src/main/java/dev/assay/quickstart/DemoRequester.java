package dev.assay.quickstart;

import dev.assay.protocol.JobId;
import dev.assay.protocol.WalletAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A requester with money.
 *
 * @param verification as jobs say it
 * @param token that it is signed in by
 */
record DemoRequester(
    LocalApi api, String name, String verification, WalletAddress wallet, String token) {
  private static final JsonMapper JSON = JsonMapper.shared();

  /** A job that is over, as the API tells it. */
  record Ended(JobId id, JsonNode job) {
    boolean isAnswered() {
      return job.path("status").asString().equals("attested");
    }

    /** Who answered it. */
    WalletAddress worker() {
      return new WalletAddress(job.path("worker").asString());
    }

    /** One for each text, in order. */
    List<float[]> vectors() {
      List<float[]> vectors = new ArrayList<>();
      for (JsonNode numbers : job.path("result").path("vectors")) {
        float[] vector = new float[numbers.size()];
        for (int i = 0; i < vector.length; i++) {
          vector[i] = numbers.get(i).floatValue();
        }
        vectors.add(vector);
      }
      return vectors;
    }
  }

  /**
   * Buys embeddings from anybody who has the whole of its bond free: who is before the Court does
   * not.
   *
   * @param id made before it is sent, so that whatever happens on the way it is one job
   */
  Ended buys(UUID id, List<String> texts) {
    return buys(id, texts, Map.of("minStake", DemoMarket.STAKE.toString()));
  }

  /** Buys it from one of these workers. */
  Ended buysFrom(List<WalletAddress> workers, UUID id, String text) {
    return buys(
        id, List.of(text), Map.of("only", workers.stream().map(WalletAddress::hex).toList()));
  }

  private Ended buys(UUID id, List<String> texts, Map<String, Object> provider) {
    Map<String, Object> post = new LinkedHashMap<>();
    post.put("id", "job_" + id);
    post.put("model", DemoMarket.MODEL);
    post.put("input", Map.of("kind", "embeddings", "texts", texts));
    post.put("provider", provider);
    post.put("verification", verification);
    JsonNode job = JSON.readTree(api.buy(token, JSON.writeValueAsString(post)));
    return new Ended(JobId.parse(job.path("id").asString()), job);
  }

  /** As the API has it now; nothing if there is none. */
  Optional<String> receipt(JobId job) {
    return api.get("/api/jobs/%s/receipt".formatted(job), token);
  }
}
