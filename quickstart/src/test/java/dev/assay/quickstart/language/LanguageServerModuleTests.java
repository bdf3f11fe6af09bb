package dev.assay.quickstart.language;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.assay.agent.backend.Answer;
import dev.assay.agent.backend.BackendFailure;
import dev.assay.agent.backend.OpenAiRuntime;
import dev.assay.protocol.Digest;
import dev.assay.protocol.content.ChatInput;
import dev.assay.protocol.content.ChatMessage;
import dev.assay.protocol.content.ChatOutput;
import dev.assay.protocol.content.ChatOutput.FinishReason;
import dev.assay.protocol.content.ProfileClass;
import dev.assay.protocol.content.TokenTrace;
import dev.assay.protocol.verification.Assessment;
import dev.assay.protocol.verification.Assessment.Flag;
import dev.assay.protocol.verification.Calibration;
import dev.assay.protocol.verification.OutputComparison;
import dev.assay.quickstart.language.LanguageModel.Precision;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The agent's own client against the small language model's runtime, honest and cheating. */
class LanguageServerModuleTests {
  private static final LanguageModel FULL = LanguageModel.full(Precision.DOUBLE);
  private static final LanguageModel SMALL = LanguageModel.small();
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : open.reversed()) {
      each.close();
    }
  }

  private URI server(Speaker speaker) {
    LanguageServer server = LanguageServer.start(0, FULL, speaker);
    open.add(server);
    return server.address();
  }

  private OpenAiRuntime agent(Speaker speaker) throws InterruptedException {
    var found = (OpenAiRuntime.Probe.Found) OpenAiRuntime.probe(server(speaker));
    open.add(found.runtime());
    return found.runtime();
  }

  private static Digest model(OpenAiRuntime runtime) {
    return runtime.models().getFirst().digest();
  }

  private static ChatOutput run(OpenAiRuntime runtime, ChatInput input)
      throws BackendFailure, InterruptedException {
    return (ChatOutput) runtime.run(model(runtime), input).output();
  }

  private static ChatInput input(int maxTokens, int temperatureMilli, int seed) {
    return new ChatInput(
        List.of(new ChatMessage(ChatMessage.Role.USER, "The Congress shall have Power To")),
        maxTokens,
        temperatureMilli,
        seed);
  }

  private static OutputComparison comparison(OpenAiRuntime runtime) {
    return new OutputComparison(model(runtime), ProfileClass.LLM);
  }

  @Test
  void the_agent_finds_the_model_for_which_thresholds_are_known() throws Exception {
    OpenAiRuntime runtime = agent(new Speaker(FULL, FULL));

    assertThat(runtime.models()).hasSize(1);
    assertThat(runtime.models().getFirst().manifest().name()).isEqualTo(LanguageModel.NAME);
    assertThat(Calibration.of(model(runtime), ProfileClass.LLM)).isPresent();
    assertThat(comparison(runtime).isScored()).isTrue();
  }

  @Test
  void it_goes_on_with_what_was_said_and_tells_what_it_thinks_of_each_token() throws Exception {
    OpenAiRuntime runtime = agent(new Speaker(FULL, FULL));

    Answer answer = runtime.run(model(runtime), input(24, 0, 0));

    ChatOutput said = (ChatOutput) answer.output();
    assertThat(said.text()).startsWith(" lay and collect");
    assertThat(Objects.requireNonNull(said.trace()).count()).isEqualTo(24);
    assertThat(said.trace().position(0).chosen())
        .as("at temperature 0 the likeliest")
        .isEqualTo(said.trace().position(0).likeliest().getFirst());
    assertThat(answer.outputUnits()).isEqualTo(24);
    assertThat(FULL.vocabulary().decode(said.trace().tokens())).isEqualTo(said.text());
  }

  @Test
  void one_seed_is_one_answer_and_another_seed_another() throws Exception {
    OpenAiRuntime runtime = agent(new Speaker(FULL, FULL));

    ChatOutput first = run(runtime, input(40, 1000, 5));

    assertThat(run(runtime, input(40, 1000, 5))).isEqualTo(first);
    assertThat(run(runtime, input(40, 1000, 6))).isNotEqualTo(first);
  }

  @Test
  void an_honest_answer_passes_the_verifiers_forced_pass_on_another_precision() throws Exception {
    OpenAiRuntime worker = agent(new Speaker(FULL, FULL));
    LanguageModel other = LanguageModel.full(Precision.BFLOAT16);
    OpenAiRuntime verifier = agent(new Speaker(other, other));
    OutputComparison comparison = comparison(worker);
    int ended = 0;
    for (int seed = 0; seed < 20; seed++) {
      ChatInput input = input(30, 1000, seed);
      ChatOutput claim = run(worker, input);
      ChatInput asked = (ChatInput) comparison.asked(input, claim);

      ChatOutput scored = run(verifier, asked);

      assertThat(asked.forcedTokens()).isEqualTo(Objects.requireNonNull(claim.trace()).tokens());
      assertThat(scored.text()).isEqualTo(claim.text());
      assertThat(scored.finishReason()).isEqualTo(claim.finishReason());
      assertThat(comparison.assess(input.digest(), claim, scored)).isEqualTo(Assessment.PASS);
      assertThat(comparison.isOfOneInput(input.digest(), claim, asked.digest(), scored)).isTrue();
      ended += claim.finishReason() == FinishReason.STOP ? 1 : 0;
    }
    assertThat(ended).as("some come to an end, some are cut off").isBetween(1, 19);
  }

  @Test
  void a_smaller_model_under_the_same_name_is_flagged() throws Exception {
    OpenAiRuntime cheat = agent(new Speaker(SMALL, SMALL));
    OpenAiRuntime verifier = agent(new Speaker(FULL, FULL));
    OutputComparison comparison = comparison(verifier);
    assertThat(model(cheat)).as("it lies about what it is").isEqualTo(model(verifier));
    for (int seed = 0; seed < 20; seed++) {
      ChatInput input = input(30, 1000, seed);
      ChatOutput claim = run(cheat, input);

      ChatOutput scored = run(verifier, (ChatInput) comparison.asked(input, claim));

      assertThat(comparison.assess(input.digest(), claim, scored)).isInstanceOf(Flag.class);
    }
  }

  @Test
  void another_text_than_the_tokens_say_and_an_end_that_is_none_are_flagged() throws Exception {
    OpenAiRuntime runtime = agent(new Speaker(FULL, FULL));
    OutputComparison comparison = comparison(runtime);
    ChatInput input = input(10, 0, 0);
    ChatOutput honest = run(runtime, input);
    ChatOutput scored = run(runtime, (ChatInput) comparison.asked(input, honest));
    TokenTrace trace = Objects.requireNonNull(honest.trace());
    for (ChatOutput claim :
        List.of(
            new ChatOutput(honest.text() + "!", honest.finishReason(), trace),
            new ChatOutput(honest.text(), FinishReason.STOP, trace),
            new ChatOutput(honest.text(), honest.finishReason()))) {
      assertThat(comparison.assess(input.digest(), claim, scored)).isInstanceOf(Flag.class);
    }
    assertThat(comparison.assess(input.digest(), honest, scored)).isEqualTo(Assessment.PASS);
  }

  @Test
  void tokens_that_do_not_exist_are_a_failure_and_not_an_answer() throws Exception {
    OpenAiRuntime runtime = agent(new Speaker(FULL, FULL));
    ChatInput input = input(10, 0, 0).forcing(List.of(1_000_000));

    assertThatThrownBy(() -> run(runtime, input)).isInstanceOf(BackendFailure.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "[]",
        "{\"model\":\"gpt-5\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]}",
        "{\"model\":\"tiny-lm\",\"messages\":[]}",
        "{\"model\":\"tiny-lm\",\"messages\":[{\"role\":\"user\",\"content\":[1]}]}",
        "{\"model\":\"tiny-lm\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"max_tokens\":0}",
        "{\"model\":\"tiny-lm\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"max_tokens\":2048}",
        "{\"model\":\"tiny-lm\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"temperature\":9}",
        "{\"model\":\"tiny-lm\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"logprobs\":true,\"top_logprobs\":21}"
      })
  void what_cannot_be_answered_is_refused_in_openais_shape(String body) throws Exception {
    HttpResponse<String> answer = post(server(new Speaker(FULL, FULL)), body);

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).contains("\"error\"", "\"message\"");
  }

  @Test
  void it_stops_where_it_is_told_to_and_counts_what_it_made() throws Exception {
    HttpResponse<String> answer =
        post(
            server(new Speaker(FULL, FULL)),
            """
            {"model":"tiny-lm","messages":[{"role":"user","content":"The Congress shall have Power To"}],
             "temperature":0,"stop":" collect","logprobs":true,"top_logprobs":2}\
            """);

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body())
        .contains(
            "\"content\":\" lay and\"",
            "\"finish_reason\":\"stop\"",
            "\"completion_tokens\":3",
            "\"token\":\" lay\"");
  }

  private static HttpResponse<String> post(URI server, String body)
      throws IOException, InterruptedException {
    return HTTP.send(
        HttpRequest.newBuilder(server.resolve("/v1/chat/completions"))
            .POST(BodyPublishers.ofString(body))
            .build(),
        BodyHandlers.ofString());
  }
}
