package dev.assay.agent.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.assay.protocol.Digest;
import dev.assay.protocol.content.ChatInput;
import dev.assay.protocol.content.ChatMessage;
import dev.assay.protocol.content.EmbeddingsInput;
import dev.assay.protocol.content.EmbeddingsOutput;
import dev.assay.protocol.content.KnownModels;
import dev.assay.protocol.content.ModelManifest.ModelFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.json.JsonMapper;

/** The real model, against what Python's onnxruntime 1.30.0 and tokenizers 0.23.2 make of it. */
@Timeout(120)
class OnnxEmbeddingsModuleTests {
  @TempDir static Path store;
  private static OnnxEmbeddings backend = new OnnxEmbeddings(Path.of("unset"));

  /**
   * @param float32 of the unit vector, little-endian
   */
  record Golden(String text, int tokens, byte[] float32) {
    float[] vector() {
      float[] vector = new float[float32.length / 4];
      ByteBuffer.wrap(float32).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(vector);
      return vector;
    }

    @Override
    public String toString() {
      return text.substring(0, Math.min(20, text.length()));
    }
  }

  static List<Golden> golden() throws IOException {
    try (InputStream json =
        OnnxEmbeddingsModuleTests.class.getResourceAsStream("embeddings.json")) {
      return List.of(JsonMapper.builder().build().readValue(json, Golden[].class));
    }
  }

  @BeforeAll
  static void choose_a_store() {
    backend = new OnnxEmbeddings(store);
  }

  @AfterAll
  static void unload() {
    backend.close();
  }

  @Test
  void a_model_that_cannot_be_loaded_is_not_ready_until_it_can(@TempDir Path home)
      throws Exception {
    Path file = home.resolve("models");
    Files.createFile(file);
    try (var homeless = new OnnxEmbeddings(file)) {
      Digest model = KnownModels.ALL_MINILM_L6_V2.digest();
      assertThatThrownBy(() -> homeless.run(model, new EmbeddingsInput(List.of("a"))))
          .isInstanceOf(BackendFailure.class)
          .hasMessageContaining("cannot be loaded");
      assertThat(homeless.ready()).isEmpty();

      Files.delete(file);

      assertThat(homeless.ready()).containsExactly(model);
    }
  }

  @Test
  void texts_under_way_when_it_closes_are_whole_or_fail_in_words() throws Exception {
    var input = new EmbeddingsInput(Collections.nCopies(64, "word ".repeat(200)));
    for (int round = 0; round < 3; round++) {
      var closing = new OnnxEmbeddings(store);
      closing.load(KnownModels.ALL_MINILM_L6_V2.digest());
      try (var threads = Executors.newFixedThreadPool(4)) {
        List<Future<Answer>> all = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
          all.add(threads.submit(() -> closing.run(KnownModels.ALL_MINILM_L6_V2.digest(), input)));
        }
        Thread.sleep(100);
        closing.close();
        for (Future<Answer> one : all) {
          assertThatThrownBy(one::get)
              .hasCauseInstanceOf(BackendFailure.class)
              .hasMessageContaining("leaving");
        }
      }
    }
  }

  @Test
  void the_shipped_files_are_those_of_the_manifest() throws IOException {
    for (ModelFile file : KnownModels.ALL_MINILM_L6_V2.files()) {
      long[] size = {0};
      var counting =
          new OutputStream() {
            @Override
            public void write(int b) {
              size[0]++;
            }

            @Override
            public void write(byte[] bytes, int from, int length) {
              size[0] += length;
            }
          };
      try (InputStream shipped = OnnxEmbeddings.open(file)) {
        assertThat(ModelStore.sha256(shipped, counting)).isEqualTo(file.sha256());
      }
      assertThat(size[0]).isEqualTo(file.size());
    }
    assertThat(backend.models())
        .extracting(ServedModel::digest)
        .containsExactly(KnownModels.ALL_MINILM_L6_V2.digest());
  }

  @ParameterizedTest
  @MethodSource("golden")
  void a_vector_is_what_another_implementation_makes(Golden golden) throws Exception {
    Answer answer = run(golden.text());

    assertThat(answer.inputUnits()).isEqualTo(golden.tokens());
    assertThat(answer.outputUnits()).isZero();
    assertThat(distance(vectors(answer).vector(0), golden.vector())).isLessThan(1e-5);
  }

  @Test
  void a_text_gives_the_same_bits_whatever_else_is_in_the_job_and_at_the_same_time()
      throws Exception {
    var texts = golden().stream().map(Golden::text).toList();
    var alone = texts.stream().map(text -> attempt(() -> vectors(run(text)).vector(0))).toList();
    Callable<EmbeddingsOutput> together =
        () ->
            vectors(backend.run(KnownModels.ALL_MINILM_L6_V2.digest(), new EmbeddingsInput(texts)));
    try (var callers = Executors.newFixedThreadPool(4)) {
      for (Future<EmbeddingsOutput> output :
          callers.invokeAll(List.of(together, together, together, together))) {
        assertThat(output.get().count()).isEqualTo(texts.size());
        for (int i = 0; i < texts.size(); i++) {
          assertThat(output.get().vector(i)).isEqualTo(alone.get(i));
        }
      }
    }
  }

  @Test
  void a_conversation_is_refused_in_words() {
    var chat = new ChatInput(List.of(new ChatMessage(ChatMessage.Role.USER, "Hi")), 1, 0, 0);

    assertThatThrownBy(() -> backend.run(KnownModels.ALL_MINILM_L6_V2.digest(), chat))
        .isInstanceOf(BackendFailure.class)
        .hasMessage("This model makes embeddings only.");
  }

  @Test
  void an_interrupt_ends_a_long_job_between_two_texts() {
    Thread.currentThread().interrupt();

    assertThatThrownBy(() -> run("one")).isInstanceOf(InterruptedException.class);
  }

  @Test
  void weights_that_were_changed_on_disk_are_replaced_before_they_are_used(@TempDir Path own)
      throws Exception {
    Path weights = own.resolve("all-minilm-l6-v2.onnx");
    Files.writeString(weights, "other weights");
    try (var another = new OnnxEmbeddings(own)) {
      var input = new EmbeddingsInput(List.of(golden().getFirst().text()));
      Answer answer = another.run(KnownModels.ALL_MINILM_L6_V2.digest(), input);

      assertThat(vectors(answer).vector(0))
          .isEqualTo(vectors(run(golden().getFirst().text())).vector(0));
      assertThat(Files.size(weights)).isEqualTo(90_387_606);
    }
  }

  private static Answer run(String text) throws Exception {
    return backend.run(KnownModels.ALL_MINILM_L6_V2.digest(), new EmbeddingsInput(List.of(text)));
  }

  private static EmbeddingsOutput vectors(Answer answer) {
    return (EmbeddingsOutput) answer.output();
  }

  private static double distance(float[] one, float[] other) {
    return Math.sqrt(
        IntStream.range(0, other.length)
            .mapToDouble(i -> Math.pow((double) one[i] - other[i], 2))
            .sum());
  }

  private static <T> T attempt(Callable<T> call) {
    try {
      return call.call();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
