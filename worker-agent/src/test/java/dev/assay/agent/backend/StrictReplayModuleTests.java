package dev.assay.agent.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.assay.protocol.Digest;
import dev.assay.protocol.content.EmbeddingsInput;
import dev.assay.protocol.content.EmbeddingsOutput;
import dev.assay.protocol.content.KnownModels;
import dev.assay.protocol.content.ModelManifest;
import dev.assay.protocol.replay.StrictReplay;
import dev.assay.protocol.verification.Assessment;
import dev.assay.protocol.verification.Evidence;
import dev.assay.protocol.verification.VerificationMethod.ToleranceVector;
import java.io.ByteArrayInputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The real model, run by the arbiter. */
@Timeout(180)
class StrictReplayModuleTests {
  /** Of {@link Replays#TEXTS}; what every JVM on every machine must get. */
  private static final String SHA256 =
      "6876d66f6547c3bd91adfd7c320f475fb71d2e0d3f66a858013372046d197b71";

  /** All but the hashing of the 90 MB of weights, which would take a minute. */
  private static final String INTERPRETER =
      "-XX:CompileCommand=quiet -XX:CompileCommand=compileonly,sun.security.provider.*::*";

  /** What the profile {@code f32-cpu} promises. */
  private static final ToleranceVector PROMISED = new ToleranceVector(1e-5);

  private static final Digest SUBJECT = Digest.ZERO;

  @TempDir static Path store;
  private static List<StrictReplay> replay = List.of();

  @BeforeAll
  static void read() {
    replay = List.of(Replays.of(store));
  }

  @Test
  void the_bits_are_those_that_everybody_gets() throws Exception {
    assertThat(Replays.sha256(replay.getFirst())).isEqualTo(SHA256);
  }

  /** The instruction sets beyond the machine's own are cut down by the JVM to what there is. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        INTERPRETER,
        "-XX:TieredStopAtLevel=1",
        "-XX:-TieredCompilation -XX:UseAVX=0 -XX:UseSSE=2",
        "-XX:-TieredCompilation -XX:UseAVX=3"
      })
  void another_compiler_or_instruction_set_gives_the_same_bits(String options) throws Exception {
    Path output = Files.createTempFile(store, "replay", ".txt");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(options.split(" ")));
    // Compiled before it goes on, so that what is compiled is also run.
    command.addAll(List.of("-Xbatch", "-Xmx700m", "-XX:+UseSerialGC", "-XX:-UsePerfData"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(Replays.class.getName(), store.toString()));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(process.waitFor(170, TimeUnit.SECONDS)).as(options).isTrue();
    } finally {
      process.destroyForcibly();
    }

    assertThat(Files.readString(output)).as(options).endsWith(SHA256 + System.lineSeparator());
  }

  @Test
  void the_runtime_of_workers_is_near_enough() throws Exception {
    List<String> texts =
        Stream.concat(
                OnnxEmbeddingsModuleTests.golden().stream()
                    .map(OnnxEmbeddingsModuleTests.Golden::text),
                Replays.TEXTS.stream())
            .toList();
    double farthest = 0;
    try (var worker = new OnnxEmbeddings(store)) {
      for (String text : texts) {
        var input = new EmbeddingsInput(List.of(text));
        var native32 =
            (EmbeddingsOutput) worker.run(KnownModels.ALL_MINILM_L6_V2.digest(), input).output();
        EmbeddingsOutput strict = replay.getFirst().embed(input);

        assertThat(PROMISED.assess(SUBJECT, Evidence.of(native32), Evidence.of(strict)))
            .as(text)
            .isEqualTo(Assessment.PASS);
        farthest =
            Math.max(farthest, ToleranceVector.distance(native32.vector(0), strict.vector(0)));
      }
    }
    System.out.printf("%d texts, farthest from ONNX Runtime: %.2e%n", texts.size(), farthest);
  }

  @Test
  void a_text_gives_the_same_bits_whatever_else_is_in_the_job() {
    EmbeddingsOutput together = replay.getFirst().embed(new EmbeddingsInput(Replays.TEXTS));
    for (int i = 0; i < Replays.TEXTS.size(); i++) {
      var alone = new EmbeddingsInput(List.of(Replays.TEXTS.get(i)));
      assertThat(replay.getFirst().embed(alone).vector(0)).isEqualTo(together.vector(i));
    }
  }

  @Test
  void files_that_are_not_the_manifests_are_refused() {
    ByteBuffer other = ByteBuffer.wrap(new byte[] {1, 2, 3});

    assertThatThrownBy(() -> StrictReplay.of(KnownModels.ALL_MINILM_L6_V2, file -> other))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not the file of the manifest");
  }

  /** Its digests are right, as those of any file that somebody offers as a model may be. */
  @Test
  void weights_that_are_cut_off_or_damaged_are_refused_and_never_run_on() throws Exception {
    long seed = 3;
    Random chance = new Random(seed);
    byte[] whole = Files.readAllBytes(store.resolve("all-minilm-l6-v2.onnx"));
    byte[] tokenizer = Files.readAllBytes(store.resolve("all-minilm-l6-v2-tokenizer.json"));
    for (int i = 0; i < 40; i++) {
      // The graph stands before the weights, in the first hundred thousand bytes.
      byte[] damaged = Arrays.copyOf(whole, 1 + chance.nextInt(100_000));
      assertThatThrownBy(() -> replayOf(damaged, tokenizer))
          .as("seed %d, cut %d", seed, damaged.length)
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  private static StrictReplay replayOf(byte[] onnx, byte[] tokenizer) throws Exception {
    var model =
        new ModelManifest(
            "damaged",
            KnownModels.ALL_MINILM_L6_V2.kind(),
            256,
            List.of(file("m.onnx", onnx), file("tokenizer.json", tokenizer)));
    return StrictReplay.of(
        model, file -> ByteBuffer.wrap(file.path().endsWith(".onnx") ? onnx : tokenizer));
  }

  private static ModelManifest.ModelFile file(String path, byte[] bytes) throws Exception {
    return new ModelManifest.ModelFile(
        path,
        bytes.length,
        ModelStore.sha256(new ByteArrayInputStream(bytes), OutputStream.nullOutputStream()));
  }
}
