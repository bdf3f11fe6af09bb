package dev.assay.protocol.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.assay.protocol.Digest;
import dev.assay.protocol.content.ChatOutput.FinishReason;
import dev.assay.protocol.content.TokenTrace.Likelihood;
import dev.assay.protocol.content.TokenTrace.Position;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

class TokenTraceTests {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private static TokenTrace trace(int count) {
    return TokenTrace.ofPositions(
        IntStream.range(0, count).mapToObj(TokenTraceTests::position).toList());
  }

  private static Position position(int token) {
    List<Likelihood> likeliest = new ArrayList<>();
    for (int other = 0; other < TokenTrace.LISTED; other++) {
      likeliest.add(new Likelihood(token + other, -2 - other / 4f));
    }
    return new Position(likeliest.getFirst(), likeliest);
  }

  private static ChatInput input() {
    return new ChatInput(List.of(new ChatMessage(ChatMessage.Role.USER, "a")), 8, 1000, 3);
  }

  @Test
  void what_is_written_is_read_again_and_each_token_is_a_leaf() {
    TokenTrace trace = trace(3);

    assertThat(TokenTrace.of(trace.toBytes())).isEqualTo(trace);
    assertThat(trace.toBytes()).hasSize(3 * TokenTrace.ENTRY);
    assertThat(trace.tokens()).containsExactly(0, 1, 2);
    assertThat(trace.position(2)).isEqualTo(position(2));
    assertThat(trace.root()).isNotEqualTo(trace(2).root());
    for (int place = 0; place < trace.toBytes().length; place += 8) {
      byte[] bytes = trace.toBytes();
      int token = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt(place);
      ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(place, token + 1_000);
      assertThat(TokenTrace.of(bytes).root()).isNotEqualTo(trace.root());
    }
  }

  @Test
  void a_negative_zero_is_written_as_zero_and_not_read() {
    List<Likelihood> sure = new ArrayList<>(List.of(new Likelihood(7, -0.0f)));
    for (int other = 1; other < TokenTrace.LISTED; other++) {
      sure.add(new Likelihood(7 + other, -30));
    }
    TokenTrace trace = TokenTrace.ofPositions(List.of(new Position(sure.getFirst(), sure)));
    byte[] bytes = trace.toBytes();
    assertThat(Float.floatToRawIntBits(trace.position(0).chosen().logprob())).isZero();

    bytes[7] = (byte) 0x80;

    assertThatThrownBy(() -> TokenTrace.of(bytes)).isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 0.1f, -1})
  void logprobs_that_no_model_can_have_are_refused_wherever_they_stand(float wrong) {
    for (int place = 4; place < TokenTrace.ENTRY; place += 8) {
      byte[] bytes = trace(1).toBytes();
      ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putFloat(place, wrong);
      assertThatThrownBy(() -> TokenTrace.of(bytes)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void a_trace_of_another_length_or_with_a_token_twice_or_below_zero_is_refused() {
    for (int length : new int[] {0, 1, TokenTrace.ENTRY - 1, TokenTrace.ENTRY + 1}) {
      assertThatThrownBy(() -> TokenTrace.of(new byte[length]))
          .isInstanceOf(IllegalArgumentException.class);
    }
    for (int token : new int[] {-1, 1}) {
      byte[] bytes = trace(1).toBytes();
      ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(8, token);
      assertThatThrownBy(() -> TokenTrace.of(bytes)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void the_probabilities_at_a_place_are_one_together_at_most() {
    List<Likelihood> likeliest = new ArrayList<>();
    for (int token = 0; token < TokenTrace.LISTED; token++) {
      likeliest.add(new Likelihood(token, (float) Math.log(0.21)));
    }
    var position = new Position(likeliest.getFirst(), likeliest);

    assertThatThrownBy(() -> TokenTrace.ofPositions(List.of(position)))
        .hasMessageContaining("more than 1 together");
  }

  @Test
  void an_output_is_another_with_another_trace_and_the_same_as_ever_without() {
    ChatOutput plain = new ChatOutput("a", FinishReason.STOP);
    ChatOutput traced = new ChatOutput("a", FinishReason.STOP, trace(2));

    assertThat(plain.digest())
        .isEqualTo(new CanonicalBytes("assay/output/chat/1").text("a").text("stop").keccak256())
        .isNotEqualTo(traced.digest());
    assertThat(traced.evidenceRoot()).isEqualTo(trace(2).root());
    assertThat(new ChatOutput("a", FinishReason.STOP, trace(3)).digest())
        .isNotEqualTo(traced.digest());
    assertThat(JSON.readValue(JSON.writeValueAsString((JobOutput) traced), JobOutput.class))
        .isEqualTo(traced);
    assertThat(JSON.writeValueAsString((JobOutput) plain)).doesNotContain("trace");
  }

  @Test
  void forced_tokens_are_another_input_whose_digest_follows_from_the_free_ones() {
    ChatInput free = input();
    ChatInput forced = free.forcing(List.of(1, 2));
    Digest digest = forced.digest();

    assertThat(digest)
        .isEqualTo(ChatInput.digestForcing(free.digest(), List.of(1, 2)))
        .isNotEqualTo(free.digest())
        .isNotEqualTo(free.forcing(List.of(2, 1)).digest());
    assertThat(forced.mostOutputUnits()).isZero();
    assertThat(forced.mostInputUnits()).isEqualTo(free.mostInputUnits() + 2);
    assertThat(JSON.readValue(JSON.writeValueAsString((JobInput) forced), JobInput.class))
        .isEqualTo(forced);
    assertThat(JSON.readValue(JSON.writeValueAsString((JobInput) free), JobInput.class))
        .isEqualTo(free);
    assertThatThrownBy(() -> free.forcing(List.of())).hasMessageContaining("forcedTokens");
    assertThatThrownBy(() -> free.forcing(List.of(1, 2, 3, 4, 5, 6, 7, 8, 9)))
        .hasMessageContaining("1 to 8");
    assertThatThrownBy(() -> free.forcing(List.of(-1))).hasMessageContaining("0 or more");
  }
}
