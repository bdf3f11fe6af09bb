package dev.assay.agent.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.assay.protocol.content.KnownModels;
import dev.assay.protocol.content.ModelManifest.ModelFile;
import dev.assay.protocol.replay.WordPiece;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/** The ids that Hugging Face's tokenizers 0.23.2 gives for the same file and 256 ids at most. */
class WordPieceTests {
  private static WordPiece tokenizer =
      read("{\"model\":{\"vocab\":{\"[CLS]\":0,\"[SEP]\":1,\"[UNK]\":2}}}");

  record Golden(String text, int[] ids) {
    @Override
    public String toString() {
      return JsonMapper.builder().build().writeValueAsString(text);
    }
  }

  static List<Golden> golden() throws IOException {
    try (InputStream json = WordPieceTests.class.getResourceAsStream("wordpiece.json")) {
      return List.of(JsonMapper.builder().build().readValue(json, Golden[].class));
    }
  }

  @BeforeAll
  static void read() throws IOException {
    ModelFile file =
        KnownModels.ALL_MINILM_L6_V2.files().stream()
            .filter(f -> f.path().endsWith(".json"))
            .findFirst()
            .orElseThrow();
    try (InputStream json = OnnxEmbeddings.open(file)) {
      tokenizer = WordPiece.read(ByteBuffer.wrap(json.readAllBytes()));
    }
  }

  @ParameterizedTest
  @MethodSource("golden")
  void a_text_is_cut_as_the_reference_cuts_it(Golden golden) {
    assertThat(tokenizer.encode(golden.text(), 256)).isEqualTo(golden.ids());
  }

  @Test
  void no_text_makes_more_ids_than_allowed_and_the_last_is_the_end() {
    int[] ids = tokenizer.encode("word ".repeat(10_000), 256);

    assertThat(ids).hasSize(256).startsWith(101).endsWith(102);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{}", "[", "{\"model\":{\"vocab\":{\"[CLS]\":101,\"[SEP]\":102}}}"})
  void a_file_that_is_no_vocabulary_is_refused(String json) {
    assertThatThrownBy(() -> read(json)).isInstanceOf(IllegalArgumentException.class);
  }

  private static WordPiece read(String json) {
    return WordPiece.read(ByteBuffer.wrap(json.getBytes(StandardCharsets.UTF_8)));
  }
}
