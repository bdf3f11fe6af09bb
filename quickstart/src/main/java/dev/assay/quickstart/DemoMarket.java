package dev.assay.quickstart;

import dev.assay.protocol.LocalSigner;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.content.UnitPrice;
import dev.assay.protocol.deploy.Deployment;
import dev.assay.quickstart.cheat.Cheat;
import dev.assay.quickstart.stack.ChildProcess;
import dev.assay.quickstart.stack.DatabaseRole;
import dev.assay.quickstart.stack.Home;
import dev.assay.quickstart.stack.Stack;
import dev.assay.quickstart.stack.Supervision;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * A new market with strangers on it: requesters with money, workers with a bond, of whom some
 * cheat, each a process of its own. All that they have they got by transactions on the chain.
 */
final class DemoMarket {
  static final String MODEL = "all-minilm-l6-v2";

  /** What a requester has in its purse, and who means to leave soon has at stake. */
  static final TokenAmount STAKE = DevelopmentAccounts.GIFT;

  /** What a worker has that means to stay; it is enough for one seat in the draw of verifiers. */
  private static final TokenAmount LARGE_STAKE = STAKE.times(10);

  /** A dollar for a million tokens. */
  private static final UnitPrice ASK = new UnitPrice(TokenAmount.of(1_000_000));

  private static final ApiSetup SETUP =
      ApiSetup.OF_A_DEVELOPER
          // A strict replay holds the weights in its heap.
          .withJvmOption("-Xmx448m")
          .with("MARKETPLACE_AUDIT_VERIFIERBOND", LARGE_STAKE.toString())
          .with("MARKETPLACE_AUDIT_EPOCHAGE", "4s")
          // A worker that dies is noticed within seconds.
          .with("MARKETPLACE_DISPATCH_HEARTBEAT", "2s")
          .with("MARKETPLACE_AUDIT_SPREAD", "2s");

  private final Supervision supervision;
  private final MarketPorts ports;
  private final Market market;
  private final Stack stack;
  private final List<DemoWorker> workers;
  private final List<DemoRequester> requesters;

  /** A worker, and how it cheats. */
  record DemoWorker(
      String name, WalletAddress wallet, Optional<Cheat> cheat, ChildProcess process) {
    boolean isHonest() {
      return cheat.map(Cheat::isHonest).orElse(true);
    }

    TokenAmount bonded() {
      return bond(cheat);
    }

    String words() {
      return cheat.map(Cheat::words).orElse("the agent as it is shipped");
    }
  }

  /**
   * Whom the market is opened for.
   *
   * @param honest how many run the agent as it is shipped
   * @param requesters the verification that each wants, by its name
   */
  record Cast(int honest, List<Cheat> cheats, Map<String, String> requesters) {
    Cast {
      cheats = List.copyOf(cheats);
      requesters = new LinkedHashMap<>(requesters);
    }

    private List<String> workers() {
      List<String> names = new ArrayList<>();
      for (int i = 1; i <= honest; i++) {
        names.add("honest-" + i);
      }
      cheats.forEach(cheat -> names.add(cheat.toString()));
      return names;
    }

    private Optional<Cheat> cheat(String worker) {
      return cheats.stream().filter(cheat -> cheat.toString().equals(worker)).findFirst();
    }
  }

  private DemoMarket(
      Supervision supervision,
      MarketPorts ports,
      Market market,
      Stack stack,
      List<DemoWorker> workers,
      List<DemoRequester> requesters) {
    this.supervision = supervision;
    this.ports = ports;
    this.market = market;
    this.stack = stack;
    this.workers = List.copyOf(workers);
    this.requesters = List.copyOf(requesters);
  }

  /** Returns when all of them can begin. */
  static DemoMarket open(
      Supervision supervision,
      Path checkout,
      MarketPorts ports,
      Cast cast,
      Market.Progress progress)
      throws InterruptedException {
    var market = new Market(supervision, checkout, ports, StartupCache.of(checkout), progress);
    Stack stack = market.startServers();
    together(
        List.of(
            () -> market.startServices(stack, SETUP),
            () -> {
              market.accounts().fund();
              for (String name : cast.workers()) {
                market.bond(name, bond(cast.cheat(name)));
                shareModels(supervision.home(), name);
              }
            }));
    List<DemoRequester> requesters = new ArrayList<>();
    List<DemoWorker> workers = new ArrayList<>();
    List<Runnable> starts = new ArrayList<>();
    starts.add(() ->
        cast.requesters()
            .forEach((name, verification) ->
                requesters.add(requester(supervision, market, ports, name, verification))));
    Path shown = supervision.home().scratch().resolve("shown");
    for (String name : cast.workers()) {
      Optional<Cheat> cheat = cast.cheat(name);
      starts.add(() -> {
        market.awaitBonded(name);
        ChildProcess process =
            cheat.isPresent()
                ? market.startCheat(name, cheat.get(), shown, ASK)
                : market.startWorker(name, options());
        synchronized (workers) {
          workers.add(new DemoWorker(name, market.owner(name), cheat, process));
        }
      });
    }
    together(starts);
    workers.sort(Comparator.comparing(worker -> cast.workers().indexOf(worker.name())));
    market.accounts().awaitOffers(MODEL, workers.size());
    return new DemoMarket(supervision, ports, market, stack, workers, requesters);
  }

  /** The weights are unpacked once for all who live here, not ninety megabytes for each. */
  private static void shareModels(Home home, String worker) {
    Path shared = home.resolve("models");
    try {
      Files.createDirectories(shared);
      Files.createSymbolicLink(home.resolve(worker).resolve("models"), shared);
    } catch (IOException e) {
      throw new UncheckedIOException("giving " + worker + " the models", e);
    }
  }

  private static TokenAmount bond(Optional<Cheat> cheat) {
    return cheat.map(Cheat::isHonest).orElse(true) ? LARGE_STAKE : STAKE;
  }

  private static List<String> options() {
    String ask = ASK.perMillion().toString();
    return List.of("--concurrency", "1", "--input-price", ask, "--output-price", ask);
  }

  private static DemoRequester requester(
      Supervision supervision, Market market, MarketPorts ports, String name, String verification) {
    LocalSigner wallet = new LocalWallets(supervision.home().directory()).open(name);
    market.accounts().deposit(wallet, STAKE);
    return new DemoRequester(
        new LocalApi(ports.api()),
        name,
        verification,
        wallet.address(),
        market.accounts().signInAsRequester(wallet));
  }

  /** All at once; the first failure is told when all have ended. */
  private static void together(List<Runnable> tasks) throws InterruptedException {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> all = new ArrayList<>();
      tasks.forEach(task -> all.add(threads.submit(task)));
      for (Future<?> one : all) {
        one.get();
      }
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause
          ? cause
          : new IllegalStateException("starting a part", e.getCause());
    }
  }

  List<DemoWorker> workers() {
    return workers;
  }

  List<DemoRequester> requesters() {
    return requesters;
  }

  Market market() {
    return market;
  }

  LocalChain chain() {
    return Market.chain(stack);
  }

  Deployment contracts() {
    return market.contracts(chain()).deployment();
  }

  Connection database() throws SQLException {
    return stack.postgres().address().login(DatabaseRole.MARKETPLACE).connect();
  }

  /** The wallet that buys audits. */
  String purse() {
    return DevelopmentAccounts.auditor(supervision.home().directory()).hex();
  }

  /** The name of a worker, by its wallet. */
  String nameOf(String wallet) {
    return workers.stream()
        .filter(worker -> worker.wallet().hex().equals(wallet))
        .map(DemoWorker::name)
        .findFirst()
        .orElse(wallet);
  }

  /** For people who want to look. */
  Map<String, String> addresses() {
    Map<String, String> addresses = new LinkedHashMap<>();
    addresses.put("API", "http://127.0.0.1:" + ports.api());
    addresses.put(
        "settlement", "http://127.0.0.1:%d/api/proof-of-reserves".formatted(ports.settlement()));
    addresses.put("EVM node", chain().rpcUrl().toString());
    addresses.put("PostgreSQL", stack.postgres().address().jdbcUrl());
    return addresses;
  }
}
