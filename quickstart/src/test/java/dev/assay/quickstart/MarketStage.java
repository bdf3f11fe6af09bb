package dev.assay.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.assay.agent.backend.OnnxEmbeddings;
import dev.assay.determinism.Ids;
import dev.assay.protocol.BasisPoints;
import dev.assay.protocol.Digest;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.chain.EscrowContract;
import dev.assay.protocol.chain.Sender;
import dev.assay.protocol.content.EmbeddingsInput;
import dev.assay.protocol.content.EmbeddingsOutput;
import dev.assay.protocol.content.KnownModels;
import dev.assay.protocol.deploy.Terms;
import dev.assay.quickstart.DemoMarket.DemoWorker;
import dev.assay.quickstart.DemoRequester.Ended;
import dev.assay.quickstart.bench.AuditFigures;
import dev.assay.quickstart.bench.AuditFigures.Cases;
import dev.assay.quickstart.bench.AuditFigures.OfWorker;
import dev.assay.quickstart.cheat.Cheat;
import dev.assay.quickstart.demo.Library;
import dev.assay.quickstart.demo.MeaningIndex;
import dev.assay.quickstart.demo.Passage;
import dev.assay.quickstart.stack.Checkout;
import dev.assay.quickstart.stack.Home;
import dev.assay.quickstart.stack.Ports;
import dev.assay.quickstart.stack.Supervision;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import picocli.CommandLine;
import tools.jackson.databind.json.JsonMapper;

/** A real market for stories, and those who act in them. */
final class MarketStage implements AutoCloseable {
  private static final Duration SOON = Duration.ofSeconds(90);

  /**
   * Of a committee's seven seats five workers sit in five at least only six times out of ten, and
   * three are drawn at most; of so many wrong answers one is judged in all but one of 60,000 runs.
   */
  private static final int WRONG_ANSWERS = 4;

  private static final int TEXTS = 32;

  private final MeaningIndex index = new MeaningIndex();
  private final Supervision supervision;
  private final DemoMarket market;
  private final Connection database;
  private final OnnxEmbeddings model;
  private final Path folder;
  private final Ids ids = new Ids(Clock.systemUTC(), new Random());

  private MarketStage(Supervision supervision, DemoMarket market, Path folder) throws SQLException {
    this.supervision = supervision;
    this.market = market;
    this.database = market.database();
    this.folder = folder;
    this.model = new OnnxEmbeddings(folder.resolve("models"));
  }

  static MarketStage open(Path folder) throws Exception {
    var supervision = Supervision.of(Home.open(folder.resolve("home"), "a test"));
    try {
      var cast =
          new DemoMarket.Cast(5, List.of(Cheat.NOISY, Cheat.LAZY), Map.of("requester", "spot"));
      return new MarketStage(
          supervision,
          DemoMarket.open(
              supervision,
              Checkout.find(),
              MarketPorts.with(Ports.free(1).getFirst()),
              cast,
              part -> {}),
          folder);
    } catch (Exception refusal) {
      supervision.close();
      throw refusal;
    }
  }

  Requester requester() {
    return new Requester(market.requesters().getFirst());
  }

  Worker honestWorker(int number) {
    return worker("honest-" + number);
  }

  Worker cheatingWorker() {
    return worker(Cheat.NOISY.toString());
  }

  Worker contestingWorker() {
    return worker(Cheat.LAZY.toString());
  }

  Chain chain() {
    return new Chain();
  }

  Anyone anyone() {
    return new Anyone();
  }

  private Worker worker(String name) {
    return new Worker(
        market.workers().stream()
            .filter(worker -> worker.name().equals(name))
            .findFirst()
            .orElseThrow());
  }

  @Override
  public void close() {
    try (supervision;
        database) {
      model.close();
    } catch (SQLException e) {
      throw new IllegalStateException("leaving the database", e);
    }
  }

  /** A job that was answered. */
  final class PostedJob {
    private final Ended ended;
    private final String text;

    private PostedJob(Ended ended, String text) {
      assertThat(ended.isAnswered()).as(ended.job().toString()).isTrue();
      this.ended = ended;
      this.text = text;
    }

    /** What the model itself says, computed here. */
    boolean isAnsweredRight() {
      try {
        var right =
            (EmbeddingsOutput)
                model
                    .run(KnownModels.ALL_MINILM_L6_V2.digest(), new EmbeddingsInput(List.of(text)))
                    .output();
        return MeaningIndex.cosine(right.vector(0), ended.vectors().getFirst()) > 0.999_999_9;
      } catch (Exception e) {
        throw new IllegalStateException("computing it here", e);
      }
    }

    WalletAddress worker() {
      return ended.worker();
    }

    int attempt() {
      return ended.job().path("attempt").asInt();
    }

    TokenAmount price() {
      return TokenAmount.parse(ended.job().path("price").asString());
    }
  }

  /** Who buys. */
  final class Requester {
    private final DemoRequester requester;

    private Requester(DemoRequester requester) {
      this.requester = requester;
    }

    /** To whom the market gives it. */
    PostedJob posts(String text) {
      return new PostedJob(requester.buys(ids.next(), List.of(text)), text);
    }

    List<PostedJob> postsTo(Worker worker, String text) throws Exception {
      return together(
          WRONG_ANSWERS,
          () ->
              new PostedJob(requester.buysFrom(List.of(worker.wallet()), ids.next(), text), text));
    }

    /** At once, more than one of them can take. */
    List<PostedJob> postsToAnyOf(Worker one, Worker other, String text) throws Exception {
      return together(
          4,
          () ->
              new PostedJob(
                  requester.buysFrom(List.of(one.wallet(), other.wallet()), ids.next(), text),
                  text));
    }

    /** Each of its sentences a vector, some dozens in a job. */
    void buysTheConstitution() {
      List<Passage> passages =
          Library.read(Checkout.find()).stream()
              .filter(passage -> passage.source().startsWith("Constitution"))
              .toList();
      for (int from = 0; from < passages.size(); from += TEXTS) {
        List<Passage> some = passages.subList(from, Math.min(from + TEXTS, passages.size()));
        Ended job = requester.buys(ids.next(), some.stream().map(Passage::text).toList());
        List<float[]> vectors = job.vectors();
        for (int i = 0; i < some.size(); i++) {
          index.put(some.get(i), vectors.get(i));
        }
      }
    }

    /** The passage that answers, with its place. */
    String asks(String question) {
      Ended job = requester.buys(ids.next(), List.of(question));
      Passage best = index.nearest(job.vectors().getFirst(), 1).getFirst().passage();
      return best.source() + ": " + best.text();
    }

    String receiptOf(PostedJob job) {
      return requester.receipt(job.ended.id()).orElseThrow();
    }

    /** In all, on the chain. */
    TokenAmount hasSpent() {
      EscrowContract escrow = market.contracts().escrowContract();
      LocalChain chain = market.chain();
      return chain.read(escrow.purse(chain.read(escrow.idOf(requester.wallet())))).spent();
    }

    /** All that is its own beyond what it came with. */
    TokenAmount wasCompensated() {
      EscrowContract escrow = market.contracts().escrowContract();
      LocalChain chain = market.chain();
      var purse = chain.read(escrow.purse(chain.read(escrow.idOf(requester.wallet()))));
      return chain
          .read(market.contracts().tokenContract().balanceOf(requester.wallet()))
          .plus(purse.balance())
          .plus(purse.spent())
          .minus(DemoMarket.STAKE);
    }
  }

  private static <T> List<T> together(int count, Callable<T> task) throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<T>> all = IntStream.range(0, count).mapToObj(_ -> threads.submit(task)).toList();
      List<T> done = new ArrayList<>();
      for (Future<T> one : all) {
        done.add(one.get());
      }
      return done;
    }
  }

  /** Who sells: a process. */
  final class Worker {
    private final DemoWorker worker;

    private Worker(DemoWorker worker) {
      this.worker = worker;
    }

    WalletAddress wallet() {
      return worker.wallet();
    }

    Worker returnsNoise() {
      assertThat(worker.cheat()).contains(Cheat.NOISY);
      return this;
    }

    Worker answersLazily() {
      assertThat(worker.cheat()).contains(Cheat.LAZY);
      return this;
    }

    /** It has what it was given, and says nothing more. */
    void hangs() {
      worker.process().freeze();
    }

    void dies() {
      worker.process().kill();
    }

    TokenAmount atStake() {
      return worker.bonded();
    }

    /** Of its bond, by all closed cases. */
    TokenAmount lost() {
      return worker
          .bonded()
          .minus(
              market
                  .chain()
                  .read(market.contracts().stakeContract().bondOf(worker.wallet()))
                  .bonded());
    }

    /** With its own wallet, as the Court wants it. */
    void appeals() throws SQLException {
      var sender =
          new Sender(
              market.chain(),
              new LocalWallets(supervision.home().directory()).open(worker.name()),
              Duration.ofMillis(5),
              6_000);
      try (var statement = database.createStatement();
          var rows =
              statement.executeQuery(
                  "select '0x' || encode(id, 'hex') from marketplace.court_case where accused = '%s'"
                      .formatted(worker.wallet()))) {
        while (rows.next()) {
          sender.send(market.contracts().courtContract().appeal(Digest.parse(rows.getString(1))));
        }
      }
    }
  }

  /** What goes on without anybody's doing. */
  final class Chain {
    private static final Terms TERMS = Terms.standard(Digest.ZERO);

    /** Of the bond, for each case. */
    BasisPoints penalty() {
      return TERMS.policy().penalty();
    }

    void settles(PostedJob job) {
      await()
          .atMost(SOON)
          .until(() ->
              JsonMapper.shared()
                  .readTree(requester().receiptOf(job))
                  .path("status")
                  .asString()
                  .equals("settled"));
    }

    /** One block is replaced by an empty one as soon as the payment stands in it. */
    void settlesAndTakesItBack(PostedJob job) {
      TokenAmount before = requester().hasSpent();
      await()
          .atMost(SOON)
          .pollInterval(Duration.ofMillis(20))
          .until(() -> requester().hasSpent().equals(before.plus(job.price())));
      market.chain().reorganise(1);
      assertThat(requester().hasSpent()).isEqualTo(before);
    }

    /**
     * Returns when each wrong answer has been judged, or could not be.
     *
     * @return how many were, each with a case at the Court; canaries may bring more cases
     */
    long hasCasesAgainst(Worker worker) throws SQLException {
      await().atMost(SOON).until(() -> AuditFigures.unfinished(database, market.purse()) == 0);
      long invalid =
          AuditFigures.byWorker(database, market.purse())
              .getOrDefault(worker.wallet().hex(), OfWorker.NOTHING)
              .invalid();
      assertThat(invalid).isPositive();
      await().atMost(SOON).until(() -> cases(worker).cases() >= invalid);
      return invalid;
    }

    void passesChallengeWindow() {
      market.chain().pass(TERMS.policy().window().plusMinutes(1));
    }

    void passesTimeForARuling() {
      market.chain().pass(TERMS.policy().ruling().plusMinutes(1));
    }

    /** Returns when all are, and what the Court awards has arrived. */
    void closesCasesAgainst(Worker worker) {
      await()
          .atMost(SOON)
          .pollInterval(Duration.ofSeconds(1))
          .until(() -> {
            if (cases(worker).closed() == cases(worker).cases()) {
              return true;
            }
            // A canary may have brought one more since, which has a window of its own.
            market.chain().pass(Duration.ofHours(3));
            return false;
          });
      var stake = market.contracts().stakeContract();
      WalletAddress harmed = market.requesters().getFirst().wallet();
      await().atMost(SOON).until(() -> market.chain().read(stake.claimable(harmed)).isZero());
    }

    private Cases cases(Worker worker) throws SQLException {
      return AuditFigures.casesByWorker(database).getOrDefault(worker.wallet().hex(), Cases.NONE);
    }
  }

  /** Somebody who trusts nobody here. */
  final class Anyone {
    /** What the check says last. */
    String verifies(String receipt) throws Exception {
      Path file = folder.resolve("receipt.json");
      Files.writeString(file, receipt);
      var told = new StringWriter();
      new CommandLine(new VerifyCommand())
          .setOut(new PrintWriter(told, true))
          .setErr(new PrintWriter(told, true))
          .execute(file.toString(), "--rpc", market.chain().rpcUrl().toString());
      return told.toString().lines().toList().getLast();
    }

    /** Whether settlement's ledger is what the chain holds. */
    boolean reconciles() {
      return market.market().reconcile(market.chain()) == 0;
    }
  }
}
