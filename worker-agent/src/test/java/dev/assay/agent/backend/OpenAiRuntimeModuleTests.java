package dev.assay.agent.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.assay.protocol.Digest;
import dev.assay.protocol.content.ChatInput;
import dev.assay.protocol.content.ChatMessage;
import dev.assay.protocol.content.ChatOutput;
import dev.assay.protocol.content.EmbeddingsInput;
import dev.assay.protocol.content.EmbeddingsOutput;
import dev.assay.protocol.content.JobInput;
import dev.assay.protocol.content.JobKind;
import dev.assay.protocol.content.ProfileClass;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against a real HTTP server that says, byte for byte, what the runtimes say. */
@Timeout(30)
class OpenAiRuntimeModuleTests {
  private static final ChatInput CHAT =
      new ChatInput(List.of(new ChatMessage(ChatMessage.Role.USER, "Hi")), 16, 700, 42);
  private static final String LLAMA_CPP =
      """
      {"object":"list","data":[{"id":"Qwen3-0.6B-Q4_K_M.gguf","object":"model",
       "owned_by":"llamacpp","meta":{"n_ctx_train":40960,"n_params":596049920,"size":378000000}}]}
      """;
  private static final String STREAM =
      """
      data: {"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}

      : a comment
      data: {"choices":[{"index":0,"delta":{"content":"Hel"},"finish_reason":null}]}

      data: {"choices":[{"index":0,"delta":{"content":"lo ä"},"finish_reason":"stop"}]}

      data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12}}

      data: [DONE]

      """;

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Map<String, String> answers = new HashMap<>();
  private final Map<String, String> asked = new ConcurrentHashMap<>();
  private final CountDownLatch parked = new CountDownLatch(1);
  private HttpServer server = start();

  @BeforeEach
  void restart() {
    server.stop(0);
    server = start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
    threads.shutdownNow();
  }

  @Test
  void a_llama_cpp_server_is_found_with_its_model_and_context() throws Exception {
    answers.put("/v1/models", LLAMA_CPP);
    try (var runtime = found()) {
      assertThat(runtime.name()).isEqualTo("llama.cpp at " + address());
      assertThat(runtime.models())
          .singleElement()
          .satisfies(model -> {
            assertThat(model.profile()).isEqualTo(ProfileClass.LLM);
            assertThat(model.manifest().name()).isEqualTo("qwen3-0.6b-q4_k_m.gguf");
            assertThat(model.manifest().kind()).isEqualTo(JobKind.CHAT);
            assertThat(model.manifest().contextUnits()).isEqualTo(40_960);
            assertThat(model.manifest().files().getFirst().size()).isEqualTo(378_000_000);
          });
    }
  }

  @Test
  void ollamas_own_digest_is_the_models() throws Exception {
    String sha256 = "ab".repeat(32);
    answers.put(
        "/v1/models", "{\"data\":[{\"id\":\"nomic-embed-text:latest\",\"owned_by\":\"library\"}]}");
    answers.put(
        "/api/tags",
        "{\"models\":[{\"name\":\"nomic-embed-text:latest\",\"digest\":\"%s\",\"size\":274302450}]}"
            .formatted(sha256));
    answers.put(
        "/api/show",
        "{\"capabilities\":[\"embedding\"],\"model_info\":{\"nomic-bert.context_length\":2048}}");
    try (var runtime = found()) {
      assertThat(runtime.name()).startsWith("Ollama at");
      var manifest = runtime.models().getFirst().manifest();
      assertThat(manifest.kind()).isEqualTo(JobKind.EMBEDDINGS);
      assertThat(manifest.contextUnits()).isEqualTo(2048);
      assertThat(manifest.files().getFirst().sha256()).isEqualTo(Digest.parse("0x" + sha256));
    }
  }

  @Test
  void what_it_can_run_now_is_asked_anew() throws Exception {
    answers.put("/v1/models", LLAMA_CPP);
    try (var runtime = found()) {
      var model = runtime.models().getFirst().digest();
      assertThat(runtime.ready()).containsExactly(model);

      answers.put("/v1/models", LLAMA_CPP.replace("0.6B", "8B"));
      assertThat(runtime.ready()).as("it was started with another").isEmpty();

      answers.put("/v1/models", "busy");
      assertThat(runtime.ready()).as("it says something else").isEmpty();

      server.stop(0);
      assertThat(runtime.ready()).as("it is gone").isEmpty();
    }
  }

  @Test
  void a_conversation_is_streamed_and_its_tokens_are_counted() throws Exception {
    answers.put("/v1/models", LLAMA_CPP);
    answers.put("/v1/chat/completions", STREAM);
    try (var runtime = found()) {
      Answer answer = runtime.run(runtime.models().getFirst().digest(), CHAT);

      assertThat(answer)
          .isEqualTo(new Answer(new ChatOutput("Hello ä", ChatOutput.FinishReason.STOP), 9, 3));
      assertThat(asked.get("/v1/chat/completions"))
          .contains("\"model\":\"Qwen3-0.6B-Q4_K_M.gguf\"")
          .contains("\"temperature\":0.7", "\"seed\":42", "\"max_tokens\":16", "\"stream\":true")
          .contains("\"include_usage\":true", "\"role\":\"user\"", "\"content\":\"Hi\"");
    }
  }

  /** No market takes them; and what is streamed is what is attested. */
  @Test
  void controls_and_halves_of_characters_are_left_out_of_what_is_said() throws Exception {
    answers.put("/v1/models", LLAMA_CPP);
    answers.put(
        "/v1/chat/completions",
        """
        data: {"choices":[{"delta":{"content":"a\\u001b\\u0000\\tb\\ud83d"}}]}

        data: {"choices":[{"delta":{"content":"\\ude00c\\u0085"}}]}

        data: {"choices":[{"delta":{"content":"\\f"}}]}

        data: {"choices":[{"delta":{"content":"\\udc00d\\ud83d"},"finish_reason":"stop"}]}

        data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":4}}

        data: [DONE]

        """);
    List<String> heard = new ArrayList<>();
    try (var runtime = found()) {
      Answer answer =
          runtime.run(
              runtime.models().getFirst().digest(),
              CHAT,
              new OutputListener() {
                @Override
                public void heard(String text) {
                  heard.add(text);
                }

                @Override
                public boolean isCancelled() {
                  return false;
                }
              });

      assertThat(heard).containsExactly("a\tb", "😀c", "d");
      assertThat(answer)
          .isEqualTo(new Answer(new ChatOutput("a\tb😀cd", ChatOutput.FinishReason.STOP), 9, 4));
    }
  }

  @Test
  void vectors_are_put_in_the_order_of_their_texts() throws Exception {
    answers.put("/v1/models", LLAMA_CPP);
    answers.put(
        "/v1/embeddings",
        """
        {"data":[{"index":1,"embedding":[0.5,-0.0]},{"index":0,"embedding":[1,0]}],
         "usage":{"prompt_tokens":5}}
        """);
    try (var runtime = found()) {
      Answer answer =
          runtime.run(runtime.models().getFirst().digest(), new EmbeddingsInput(List.of("a", "b")));

      var vectors = (EmbeddingsOutput) answer.output();
      assertThat(vectors.vector(0)).containsExactly(1, 0);
      assertThat(vectors.vector(1)).containsExactly(0.5f, 0.0f);
      assertThat(answer.inputUnits()).isEqualTo(5);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "data: [DONE]|broke off",
        "''|broke off",
        "data: {\"error\":{\"message\":\"secret prompt\"}}|failed while it answered",
        "data: nonsense|no JSON",
        "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"content_filter\"}]}|another reason",
        "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}|how many tokens",
        "data:"
            + " {\"choices\":[{\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":-1}}|tokens",
      })
  void a_stream_that_is_not_whole_is_a_failure_in_words(String stream, String words)
      throws Exception {
    answers.put("/v1/models", LLAMA_CPP);
    answers.put("/v1/chat/completions", stream + "\n\n");
    assertFails(CHAT, words);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{}|another number",
        "{\"data\":[{\"embedding\":[]}],\"usage\":{\"prompt_tokens\":1}}|without numbers",
        "{\"data\":[{\"embedding\":[1,\"x\"]}],\"usage\":{\"prompt_tokens\":1}}|than numbers",
        "{\"data\":[{\"embedding\":[1e999]}],\"usage\":{\"prompt_tokens\":1}}|not finite",
        "{\"data\":[{\"embedding\":[1]}]}|how many tokens",
        "<html>|no JSON",
      })
  void vectors_that_are_none_are_a_failure_in_words(String body, String words) throws Exception {
    answers.put("/v1/models", LLAMA_CPP);
    answers.put("/v1/embeddings", body);
    assertFails(new EmbeddingsInput(List.of("a")), words);
  }

  @Test
  void a_runtime_that_says_no_is_told_by_its_status() throws Exception {
    answers.put("/v1/models", LLAMA_CPP);
    assertFails(CHAT, "HTTP 404");
  }

  @Test
  void an_interrupt_ends_a_job_that_the_runtime_holds_up() throws Exception {
    answers.put("/v1/models", LLAMA_CPP);
    answers.put("/v1/chat/completions", "park");
    try (var runtime = found()) {
      var interrupted = new CountDownLatch(1);
      Thread job =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  runtime.run(runtime.models().getFirst().digest(), CHAT);
                } catch (InterruptedException e) {
                  interrupted.countDown();
                } catch (BackendFailure e) {
                  // Not what is wanted: the latch stays closed and the test ends by its timeout.
                }
              });
      parked.await();
      job.interrupt();
      interrupted.await();
    }
  }

  @Test
  void what_is_no_runtime_counts_as_absent() throws Exception {
    assertThat(OpenAiRuntime.probe(address()))
        .isEqualTo(new OpenAiRuntime.Probe.Absent("nothing there answers as OpenAI does"));
    answers.put("/v1/models", "<html>");
    assertThat(OpenAiRuntime.probe(address())).isInstanceOf(OpenAiRuntime.Probe.Absent.class);
    answers.put("/v1/models", "{\"data\":[]}");
    assertThat(OpenAiRuntime.probe(address()))
        .isEqualTo(new OpenAiRuntime.Probe.Absent("it answers, but has no model"));
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      socket.close();
      assertThat(OpenAiRuntime.probe(URI.create("http://127.0.0.1:" + socket.getLocalPort())))
          .isInstanceOf(OpenAiRuntime.Probe.Absent.class);
    }
  }

  private void assertFails(JobInput input, String words) throws Exception {
    try (var runtime = found()) {
      assertThatThrownBy(() -> runtime.run(runtime.models().getFirst().digest(), input))
          .isInstanceOf(BackendFailure.class)
          .hasMessageContaining(words)
          .hasMessageNotContaining("secret");
    }
  }

  private OpenAiRuntime found() throws InterruptedException {
    return switch (OpenAiRuntime.probe(address())) {
      case OpenAiRuntime.Probe.Found(OpenAiRuntime runtime) -> runtime;
      case OpenAiRuntime.Probe.Absent(String why) -> throw new AssertionError(why);
    };
  }

  private URI address() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  private HttpServer start() {
    try {
      var started =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      started.createContext(
          "/",
          exchange -> {
            try (exchange) {
              String path = exchange.getRequestURI().getPath();
              asked.put(
                  path,
                  new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
              String answer = answers.get(path);
              if (answer == null) {
                exchange.sendResponseHeaders(404, -1);
              } else if (answer.equals("park")) {
                parked.countDown();
                new CountDownLatch(1).await();
              } else {
                exchange.sendResponseHeaders(200, 0);
                exchange.getResponseBody().write(answer.getBytes(StandardCharsets.UTF_8));
              }
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          });
      started.setExecutor(threads);
      started.start();
      return started;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
