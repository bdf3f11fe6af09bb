package dev.assay.marketplace;

import dev.assay.marketplace.audit.TestCourt;
import dev.assay.marketplace.identity.BoundKeys;
import dev.assay.marketplace.identity.TestWallet;
import dev.assay.marketplace.purse.Purse;
import dev.assay.marketplace.purse.RecordPurse;
import dev.assay.protocol.JobId;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.springframework.core.env.Environment;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * The parties of a test. No two tests have a wallet in common, in whatever order they come, and
 * what earlier ones have left is out of the way when one begins.
 */
public class TestMarket {
  private static final AtomicLong WALLETS = new AtomicLong(0x23000);

  /** Above all that other tests say of the purse for audits, which is everybody's. */
  private static final AtomicLong POSITIONS = new AtomicLong(1_000_000_000);

  private static final TokenAmount ONE_SEAT = TokenAmount.of(100_000_000);
  private static final long PLENTY = 10_000_000_000L;

  private final BoundKeys keys;
  private final RecordPurse purses;
  private final TestCourt court;
  private final JdbcClient jdbc;
  private final Environment environment;
  private final List<TestWorker> workers = new CopyOnWriteArrayList<>();
  private final List<TestRequester> requesters = new CopyOnWriteArrayList<>();

  TestMarket(
      BoundKeys keys,
      RecordPurse purses,
      TestCourt court,
      JdbcClient jdbc,
      Environment environment) {
    this.keys = keys;
    this.purses = purses;
    this.court = court;
    this.jdbc = jdbc;
    this.environment = environment;
  }

  /** Before a test: results of earlier ones would be audited by its workers, hundreds of them. */
  void opens() {
    court.clears();
    funds(new WalletAddress(MarketModuleTest.PURSE), PLENTY);
  }

  /** After a test: nobody of it serves the next. */
  void closes() {
    workers.forEach(TestWorker::offersNothing);
    workers.forEach(TestWorker::leaves);
    workers.clear();
    requesters.forEach(this::cancels);
    requesters.clear();
  }

  /** What nobody has executed. */
  private void cancels(TestRequester requester) {
    jdbc.sql("select job from open_job where requester = :requester")
        .param("requester", requester.address().hex())
        .query(UUID.class)
        .list()
        .forEach(job -> requester.sends("POST", "/api/jobs/" + new JobId(job) + "/cancel", null));
  }

  TestRequester requester(long funds) {
    var requester = new TestRequester(port());
    requesters.add(requester);
    funds(requester.address(), funds);
    return requester;
  }

  /** All that a wallet has, and has allowed the market to spend. */
  void funds(WalletAddress wallet, long amount) {
    TokenAmount sum = TokenAmount.of(amount);
    purses.record(
        new Purse(
            wallet, sum, sum, TokenAmount.ZERO, TokenAmount.ZERO, POSITIONS.incrementAndGet()));
  }

  /** With plenty at stake; it offers nothing yet. */
  TestWorker worker() {
    return worker(new WalletAddress("0x%040x".formatted(WALLETS.incrementAndGet())));
  }

  /** One that the market's settings name. */
  TestWorker worker(WalletAddress address) {
    var key = TestWallet.create();
    keys.bind(key.address(), address);
    var worker = new TestWorker(port(), address, key);
    workers.add(worker);
    return worker;
  }

  /** Each has one seat in the draw. */
  List<TestWorker> verifiers(int count) {
    List<TestWorker> verifiers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      TestWorker worker = worker();
      stakes(worker, ONE_SEAT);
      verifiers.add(worker.verifies(1_000_000));
    }
    return verifiers;
  }

  /** As {@link #verifiers}, of the model whose answers are scored. */
  List<TestWorker> verifiersOfTexts(int count) {
    List<TestWorker> verifiers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      TestWorker worker = worker();
      stakes(worker, ONE_SEAT);
      verifiers.add(worker.verifiesTexts());
    }
    return verifiers;
  }

  /** As if the thaw of its session key were over. */
  void revokes(TestWorker worker) {
    worker.offersNothing(); // it could not say so afterwards
    worker.leaves();
    workers.remove(worker);
    keys.revoke(worker.sessionKey());
  }

  void stakes(TestWorker worker, TokenAmount amount) {
    keys.stake(worker.address(), amount);
  }

  private int port() {
    return environment.getRequiredProperty("local.server.port", Integer.class);
  }
}
