package dev.assay.marketplace.openai;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.assay.marketplace.MarketModuleTest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.json.JsonMapper;

@MarketModuleTest
class BatchAnswersModuleTests {
  private static final int LARGE = 700_000;

  private final Batches batches;
  private final BatchAnswers answers;
  private final JdbcClient jdbc;
  private final JsonMapper json;
  private final BatchId batch = new BatchId(UUID.randomUUID());

  BatchAnswersModuleTests(
      @Autowired Batches batches,
      @Autowired BatchAnswers answers,
      @Autowired JdbcClient jdbc,
      @Autowired JsonMapper json) {
    this.batches = batches;
    this.answers = answers;
    this.jdbc = jdbc;
    this.json = json;
  }

  @Test
  void however_large_and_many_they_are_written_whole_in_order_and_few_at_a_time()
      throws IOException {
    ended();
    List<Integer> sizes = new ArrayList<>();
    IntStream.range(0, 70).forEach(_ -> sizes.add(10));
    IntStream.range(0, 5).forEach(_ -> sizes.add(LARGE));
    sizes.add(3 * LARGE);
    sizes.add(10);
    IntStream.range(0, sizes.size()).forEach(line -> answered(line, sizes.get(line)));

    var out = new ByteArrayOutputStream();
    answers.write(batch, false, out);

    assertThat(out.toString(UTF_8).lines().map(json::readTree))
        .extracting(
            line -> line.path("custom_id").stringValue(),
            line -> line.path("response").path("body").path("text").stringValue().length())
        .containsExactlyElementsOf(
            IntStream.range(0, sizes.size())
                .mapToObj(line -> tuple("" + line, sizes.get(line)))
                .toList());
    assertThat(answers.bytes(batch, false)).isEqualTo(out.size());
    assertThat(batches.answered(batch, false, 69, 64, 1 << 20)).hasSize(2);
    assertThat(batches.answered(batch, false, 74, 64, 1 << 20)).hasSize(1);
    assertThat(batches.answered(batch, true, -1, 64, 1 << 20)).isEmpty();
  }

  private void ended() {
    jdbc.sql(
            """
            insert into batch (id, requester, endpoint, input_file, metadata, status, errors,
                               created_at, expires_at, ended_at)
            values (:id, '0x00000000000000000000000000000000000000aa', '/v1/embeddings',
                    gen_random_uuid(), '{}', 'completed', '[]', now(), now(), now())
            """)
        .param("id", batch.uuid())
        .update();
  }

  private void answered(int line, int size) {
    jdbc.sql(
            """
            insert into batch_line (batch, line, custom_id, body, job, is_posted, status, answer)
            values (:batch, :line, :name, '', gen_random_uuid(), true, 200, :answer)
            """)
        .param("batch", batch.uuid())
        .param("line", line)
        .param("name", "" + line)
        .param("answer", json.writeValueAsString(Map.of("text", "a".repeat(size))))
        .update();
  }
}
