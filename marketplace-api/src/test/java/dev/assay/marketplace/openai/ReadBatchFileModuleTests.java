package dev.assay.marketplace.openai;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.marketplace.MarketModuleTest;
import dev.assay.marketplace.openai.Batch.BatchError;
import java.nio.charset.Charset;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

@MarketModuleTest
class ReadBatchFileModuleTests {
  private final ReadBatchFile reading;

  ReadBatchFileModuleTests(@Autowired ReadBatchFile reading) {
    this.reading = reading;
  }

  private ReadBatchFile.Contents read(Charset charset, String... inputs) {
    var file = new StringBuilder();
    for (String input : inputs) {
      file.append(
          """
          {"custom_id":"%d","method":"POST","url":"/v1/embeddings","body":{"input":"%s"}}
          """
              .formatted(file.length(), input));
    }
    return reading.read(file.toString().getBytes(charset), BatchEndpoint.EMBEDDINGS);
  }

  @Test
  void what_is_not_in_utf_8_fails_as_a_whole_and_is_told_its_line() {
    var contents = read(ISO_8859_1, "a", "\u00e9", "b");

    assertThat(contents.lines()).isEmpty();
    assertThat(contents.errors())
        .containsExactly(new BatchError("invalid_encoding", "The file is not in UTF-8.", null, 2));
  }

  @Test
  void each_body_is_kept_as_it_is_meant() {
    var contents = read(UTF_8, "\u00e9 \ud83d\ude00", "\\ud83d\\ude00", "\u00e9\\ud83d", "\\u0001");

    assertThat(contents.errors()).isEmpty();
    assertThat(contents.lines())
        .extracting(BatchLine::body)
        .containsExactly(
            "{\"input\":\"\u00e9 \ud83d\ude00\"}",
            "{\"input\":\"\ud83d\ude00\"}",
            "{\"input\":\"\\u00E9\\uD83D\"}",
            "{\"input\":\"\\u0001\"}");
  }
}
