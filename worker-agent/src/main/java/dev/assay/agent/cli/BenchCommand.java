package dev.assay.agent.cli;

import dev.assay.agent.backend.Answer;
import dev.assay.agent.backend.BackendFailure;
import dev.assay.agent.backend.OnnxEmbeddings;
import dev.assay.agent.hardware.ResidentMemory;
import dev.assay.protocol.content.EmbeddingsInput;
import dev.assay.protocol.content.KnownModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code bench}: what this machine could sell, without a market or a network. */
@Command(
    name = "bench",
    description = {
      "Runs the embedded model on texts of 10 to 50 words for a while and tells its speed.",
      "The texts are the same each time; nothing leaves this machine."
    },
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {"0:measured", "64:the command line is wrong", "69:the model does not load"})
final class BenchCommand implements Callable<Integer> {
  private static final List<String> WORDS =
      List.of(
          ("a market where machines sell the answers of models and nobody has to believe them"
                  + " because every answer is signed and some are computed again elsewhere")
              .split(" "));
  private static final int TEXTS = 200;
  private static final long SEED = 7;

  private final Surroundings surroundings;

  @Mixin private final HomeOptions home = new HomeOptions();

  @Option(
      names = "--seconds",
      paramLabel = "N",
      description = "How long to measure, 1 to 3600. Default: 10.")
  private int seconds = 10;

  @Option(names = "--concurrency", paramLabel = "N", description = "Texts at a time.")
  private @Nullable String concurrency;

  @Option(
      names = "--texts",
      paramLabel = "FILE",
      description = "What to embed, a text a line. Default: texts of 10 to 50 words.")
  private @Nullable Path file;

  BenchCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() throws InterruptedException {
    if (seconds < 1 || seconds > 3600) {
      throw new CommandFailure(ExitCode.USAGE, "--seconds is 1 to 3600.");
    }
    var flags = new EnumMap<Setting, String>(Setting.class);
    MarketOptions.put(flags, Setting.CONCURRENCY, concurrency);
    Settings settings =
        Settings.resolve(flags, home.home, surroundings.environment(), surroundings.userHome());
    int callers = settings.concurrency();
    long before = ResidentMemory.now().orElse(0);
    try (OnnxEmbeddings backend = new OnnxEmbeddings(settings.home().resolve("models"))) {
      long started = System.nanoTime();
      backend.load(KnownModels.ALL_MINILM_L6_V2.digest());
      Duration load = Duration.ofNanos(System.nanoTime() - started);
      measure(backend, callers, load, before);
      return ExitCode.OK;
    } catch (BackendFailure e) {
      throw new CommandFailure(ExitCode.UNAVAILABLE, e.sentence());
    }
  }

  private void measure(OnnxEmbeddings backend, int callers, Duration load, long before)
      throws InterruptedException, BackendFailure {
    List<EmbeddingsInput> texts = file == null ? texts() : texts(file);
    long over = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
    AtomicLong next = new AtomicLong();
    List<Long> latencies = new ArrayList<>();
    long tokens = 0;
    long started = System.nanoTime();
    try (ExecutorService threads = Executors.newFixedThreadPool(callers);
        ProgressBar bar = new ProgressBar(surroundings, "Measuring", seconds)) {
      List<Future<Measured>> running =
          IntStream.range(0, callers)
              .mapToObj(_ -> threads.submit(() -> embed(backend, texts, next, over)))
              .toList();
      while (System.nanoTime() < over) {
        long done = (System.nanoTime() - started) / 1_000_000_000;
        bar.show(done, next.get() + " texts");
        Thread.sleep(Duration.ofMillis(250));
      }
      bar.show(seconds, next.get() + " texts");
      for (Future<Measured> each : running) {
        Measured measured = each.get();
        latencies.addAll(measured.nanos);
        tokens += measured.tokens;
      }
    } catch (ExecutionException e) {
      throw e.getCause() instanceof BackendFailure failure
          ? failure
          : new BackendFailure("The model failed.", e.getCause());
    }
    tell(latencies, tokens, System.nanoTime() - started, callers, load, before);
  }

  private record Measured(List<Long> nanos, long tokens) {}

  private static Measured embed(
      OnnxEmbeddings backend, List<EmbeddingsInput> texts, AtomicLong next, long over)
      throws BackendFailure, InterruptedException {
    List<Long> nanos = new ArrayList<>();
    long tokens = 0;
    while (System.nanoTime() < over) {
      EmbeddingsInput text = texts.get((int) (next.getAndIncrement() % texts.size()));
      long began = System.nanoTime();
      Answer answer = backend.run(KnownModels.ALL_MINILM_L6_V2.digest(), text);
      nanos.add(System.nanoTime() - began);
      tokens += answer.inputUnits();
    }
    return new Measured(nanos, tokens);
  }

  private void tell(
      List<Long> latencies, long tokens, long elapsed, int callers, Duration load, long before) {
    List<Long> sorted = latencies.stream().sorted().toList();
    double perSecond = 1e9 / elapsed;
    var out = surroundings.out();
    out.println("all-minilm-l6-v2, fp32, %d callers".formatted(callers));
    out.println("  load        %d ms".formatted(load.toMillis()));
    out.println("  texts/s     %.1f".formatted(sorted.size() * perSecond));
    out.println("  tokens/s    %.0f".formatted(tokens * perSecond));
    out.println(
        "  ms/text     p50 %.2f  p95 %.2f  p99 %.2f"
            .formatted(quantile(sorted, 0.5), quantile(sorted, 0.95), quantile(sorted, 0.99)));
    ResidentMemory.now()
        .ifPresent(now ->
            out.println(
                "  memory      %d MB, %d MB before the model was loaded"
                    .formatted(now >> 20, before >> 20)));
  }

  private static double quantile(List<Long> sorted, double part) {
    int index = (int) Math.min(sorted.size() - 1L, (long) (part * sorted.size()));
    return sorted.isEmpty() ? 0 : sorted.get(index) / 1e6;
  }

  private static List<EmbeddingsInput> texts(Path file) {
    try {
      List<EmbeddingsInput> texts =
          Files.readAllLines(file).stream()
              .map(text -> new EmbeddingsInput(List.of(text)))
              .toList();
      if (!texts.isEmpty()) {
        return texts;
      }
    } catch (IOException | IllegalArgumentException e) {
      throw new CommandFailure(
          ExitCode.USAGE, "--texts %s cannot be used (%s).".formatted(file, e.getMessage()));
    }
    throw new CommandFailure(ExitCode.USAGE, "--texts %s has no line.".formatted(file));
  }

  private static List<EmbeddingsInput> texts() {
    RandomGenerator chance = RandomGeneratorFactory.of("L64X128MixRandom").create(SEED);
    List<EmbeddingsInput> texts = new ArrayList<>();
    for (int i = 0; i < TEXTS; i++) {
      StringBuilder text = new StringBuilder();
      for (int words = 10 + chance.nextInt(41); words > 0; words--) {
        text.append(WORDS.get(chance.nextInt(WORDS.size()))).append(' ');
      }
      texts.add(new EmbeddingsInput(List.of(text.toString())));
    }
    return texts;
  }
}
