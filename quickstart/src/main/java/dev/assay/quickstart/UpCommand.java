package dev.assay.quickstart;

import dev.assay.quickstart.language.LanguageModel;
import dev.assay.quickstart.language.LanguageModel.Precision;
import dev.assay.quickstart.language.LanguageServer;
import dev.assay.quickstart.stack.Checkout;
import dev.assay.quickstart.stack.Home;
import dev.assay.quickstart.stack.Refusal;
import dev.assay.quickstart.stack.Stack;
import dev.assay.quickstart.stack.Supervision;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "up",
    mixinStandardHelpOptions = true,
    description = "Starts everything on this machine, with one worker, until Ctrl-C.")
final class UpCommand implements Callable<Integer> {
  /** The embedded one. */
  private static final String MODEL = "all-minilm-l6-v2";

  @Mixin private HomeOption home = new HomeOption();

  @Option(
      names = "--port",
      defaultValue = "${env:ASSAY_PORT:-8080}",
      paramLabel = "NUMBER",
      description = "the API's port on 127.0.0.1 (ASSAY_PORT, else 8080)")
  private int port;

  @Option(
      names = "--language-model",
      description =
          "also serves a very small language model, made at start, so that one can buy texts; what"
              + " they say is not worth much")
  private boolean isLanguageModelWanted;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before call()
  private CommandSpec spec;

  @Override
  public Integer call() throws InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    long start = System.nanoTime();
    Path checkout = Checkout.find();
    for (Service service : Service.values()) {
      service.classPath(checkout); // refused before anything is started
    }
    var ports = MarketPorts.with(port);
    var opened = Home.open(home.directory(), "assay up");
    var supervision = Supervision.of(opened);
    try {
      var cache = StartupCache.of(checkout);
      var market =
          new Market(
              supervision,
              checkout,
              ports,
              cache,
              part -> say(out, "%6.1f s  %s ready", seconds(start), part));
      Optional<LanguageServer> language =
          isLanguageModelWanted
              ? Optional.of(LanguageServer.start(0, LanguageModel.full(Precision.DOUBLE)))
              : Optional.empty(); // it ends with this process
      start(market, cache, checkout, out, ports, language);
      String key = market.accounts().requestersKey();
      market.accounts().awaitOffer(MODEL); // all is up when a newcomer can buy
      describe(out, opened, ports, start);
      invite(out, ports, key);
      if (language.isPresent()) {
        market.accounts().awaitOffer(LanguageModel.NAME);
        inviteToChat(out, ports, key);
      }
      throw supervision.awaitLoss();
    } catch (Refusal refusal) {
      if (supervision.isClosed()) {
        return 0; // it is being stopped; what fails from then on fails for that reason
      }
      throw refusal;
    } finally {
      supervision.close();
    }
  }

  private static void start(
      Market market,
      StartupCache cache,
      Path checkout,
      PrintWriter out,
      MarketPorts ports,
      Optional<LanguageServer> language)
      throws InterruptedException {
    Stack stack = market.startServers();
    if (!cache.has(Service.API, checkout) || !cache.has(Service.SETTLEMENT, checkout)) {
      say(out, "          making start-up caches, once after each build");
      market.makeCaches(stack);
    }
    market.accounts().fund();
    market.bond(Service.WORKER.label());
    ApiSetup setup = ApiSetup.OF_A_DEVELOPER;
    List<String> options = List.of();
    if (language.isPresent()) {
      setup = setup.serving(BenchTexts.manifest(language.get()));
      options = List.of("--runtime", language.get().address().toString());
    }
    market.startServices(stack, setup);
    market.awaitBonded(Service.WORKER.label());
    market.startWorker(Service.WORKER.label(), options);
    new RunningMarket(
            Map.of(
                "api",
                "http://127.0.0.1:" + ports.api(),
                "api-management",
                "http://127.0.0.1:" + ports.apiManagement(),
                "settlement",
                "http://127.0.0.1:" + ports.settlement(),
                "evm-node",
                stack.evmNode().address().rpcUrl().toString(),
                "kafka",
                stack.kafka().bootstrapServers(),
                "postgresql",
                stack.postgres().address().jdbcUrl()))
        .writeTo(market.home());
  }

  private static void describe(PrintWriter out, Home home, MarketPorts ports, long start) {
    say(out, "");
    say(out, "Assay is up after %.1f s.", seconds(start));
    say(out, "  API         http://127.0.0.1:%d", ports.api());
    say(out, "  operators   ./assay admin token --role operator");
    say(out, "  health      http://127.0.0.1:%d/actuator/health", ports.apiManagement());
    say(out, "  settlement  http://127.0.0.1:%d/actuator/health", ports.settlement());
    say(out, "  data        %s", home);
    say(out, "  logs        %s", home.logs());
    say(out, "Ctrl-C stops it; the data stays. ./assay status tells how it is.");
  }

  /** What a newcomer can paste; the same command always works while this runs. */
  private static void invite(PrintWriter out, MarketPorts ports, String key) {
    say(out, "");
    say(out, "Buy an embedding from the worker that runs here:");
    say(out, "");
    say(out, "curl -s http://127.0.0.1:%d/api/jobs \\", ports.api());
    say(out, "  -H 'Authorization: Bearer %s' \\", key);
    say(out, "  -H 'Content-Type: application/json' -H 'Prefer: wait=30' \\");
    say(
        out,
        "  -d '{\"model\":\"%s\",\"input\":{\"kind\":\"embeddings\","
            + "\"texts\":[\"Assay tests metal for its worth.\"]}}'",
        MODEL);
    say(out, "");
  }

  private static void inviteToChat(PrintWriter out, MarketPorts ports, String key) {
    say(out, "Buy a text as from OpenAI, from the small language model:");
    say(out, "");
    say(out, "curl -s http://127.0.0.1:%d/v1/chat/completions \\", ports.api());
    say(out, "  -H 'Authorization: Bearer %s' \\", key);
    say(out, "  -H 'Content-Type: application/json' \\");
    say(
        out,
        "  -d '{\"model\":\"%s\",\"max_tokens\":48,"
            + "\"messages\":[{\"role\":\"user\",\"content\":\"We the People\"}]}'",
        LanguageModel.NAME);
    say(out, "");
  }

  private static double seconds(long start) {
    return Duration.ofNanos(System.nanoTime() - start).toMillis() / 1000.0;
  }

  private static void say(PrintWriter out, String format, Object... values) {
    out.printf(format + "%n", values);
    out.flush();
  }
}
