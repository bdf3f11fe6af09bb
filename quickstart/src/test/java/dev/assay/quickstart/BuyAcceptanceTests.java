package dev.assay.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.assay.protocol.LocalSigner;
import dev.assay.quickstart.stack.Checkout;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a newcomer does after {@code up}: buys an answer, from our worker and from a stranger's. */
class BuyAcceptanceTests {
  private static final String SENTENCE = "Assay tests metal for its worth.";
  private static final Pattern KEY = Pattern.compile("Bearer (assay_\\S+)'");

  @TempDir static Path folder;

  private static RunningUp up;
  private static EmbeddingsRuntime runtime;
  private static String command;

  @BeforeAll
  static void start() throws Exception {
    up = RunningUp.start(folder.resolve("home"));
    runtime = new EmbeddingsRuntime(folder.resolve("models"));
    await().atMost(Duration.ofSeconds(150)).until(() -> up.isUp() && printed().contains("texts"));
    command = printed().substring(printed().indexOf("curl -s"));
  }

  @AfterAll
  static void stop() throws Exception {
    runtime.close();
    up.close();
  }

  private static String printed() throws IOException {
    return up.printed();
  }

  @Test
  void the_command_that_up_prints_buys_the_vector_that_the_model_gives() throws Exception {
    Process curl = new ProcessBuilder("sh", "-c", command).redirectErrorStream(true).start();
    String answer = new String(curl.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(curl.waitFor()).as(answer).isZero();
    assertThat(LocalApi.member(answer, "status")).isEqualTo("attested");
    assertThat(cosine(vector(answer), runtime.vector(SENTENCE))).isGreaterThan(0.9999);
  }

  @Test
  void a_worker_of_a_hundred_and_fifty_lines_of_python_earns() throws Exception {
    String owner = "0x" + "5a".repeat(20);
    byte[] key = new byte[32];
    new SecureRandom().nextBytes(key);
    Path keyFile = folder.resolve("key.hex");
    Files.writeString(keyFile, HexFormat.of().formatHex(key));
    var api = new LocalApi(port());
    api.post(
        "/api/development/stakes",
        "",
        """
        {"worker":"%s","key":"%s","amount":"1000000000"}\
        """
            .formatted(owner, LocalSigner.ofKey(key).address()));
    var builder =
        new ProcessBuilder("python3", Checkout.find().resolve("docs/examples/worker.py").toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("python.log").toFile());
    builder.environment().put("ASSAY_MARKET", api.address().toString());
    builder.environment().put("ASSAY_KEY_FILE", keyFile.toString());
    builder.environment().put("ASSAY_RUNTIME", runtime.baseUrl());
    builder.environment().put("ASSAY_JOBS", "1");
    Process python = builder.start();
    try {
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> get("/api/models/all-minilm-l6-v2").contains("\"workers\":2"));

      String answer =
          buy(
              """
              {"model":"all-minilm-l6-v2","provider":{"only":["%s"]},
               "input":{"kind":"embeddings","texts":["%s","and again"]}}\
              """
                  .formatted(owner, SENTENCE));

      assertThat(LocalApi.member(answer, "status"))
          .as(answer + Files.readString(folder.resolve("python.log")))
          .isEqualTo("attested");
      assertThat(LocalApi.member(answer, "worker")).isEqualTo(owner);
      assertThat(LocalApi.member(answer, "price")).isEqualTo("1");
      assertThat(cosine(vector(answer), runtime.vector(SENTENCE))).isGreaterThan(0.9999);
      assertThat(python.waitFor()).isZero();
      assertThat(Files.readString(folder.resolve("python.log"))).contains("accepted");
    } finally {
      python.destroyForcibly();
    }
  }

  private static int port() {
    Matcher port = Pattern.compile("http://127.0.0.1:(\\d+)/api/jobs").matcher(command);
    assertThat(port.find()).isTrue();
    return Integer.parseInt(port.group(1));
  }

  private static String get(String path) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path)).build(),
            BodyHandlers.ofString())
        .body();
  }

  private static String buy(String job) throws Exception {
    Matcher key = KEY.matcher(command);
    assertThat(key.find()).isTrue();
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + "/api/jobs"))
                .header("authorization", "Bearer " + key.group(1))
                .header("content-type", "application/json")
                .header("prefer", "wait=60")
                .POST(BodyPublishers.ofString(job))
                .build(),
            BodyHandlers.ofString())
        .body();
  }

  /** The first of an answer's vectors. */
  private static float[] vector(String answer) {
    JsonNode numbers = JsonMapper.shared().readTree(answer).at("/result/vectors/0");
    assertThat(numbers.isArray()).as(answer).isTrue();
    float[] values = new float[numbers.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = numbers.get(i).floatValue();
    }
    return values;
  }

  private static double cosine(float[] a, float[] b) {
    assertThat(a).hasSameSizeAs(b);
    double dot = 0;
    double aa = 0;
    double bb = 0;
    for (int i = 0; i < a.length; i++) {
      dot += a[i] * (double) b[i];
      aa += a[i] * (double) a[i];
      bb += b[i] * (double) b[i];
    }
    return dot / Math.sqrt(aa * bb);
  }
}
