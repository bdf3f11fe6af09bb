package dev.assay.marketplace.openapi;

import dev.assay.marketplace.AnsweringWorker;
import dev.assay.marketplace.Http;
import dev.assay.marketplace.TestWorker;
import dev.assay.marketplace.identity.BoundKeys;
import dev.assay.marketplace.identity.TestWallet;
import dev.assay.marketplace.purse.Purse;
import dev.assay.marketplace.purse.RecordPurse;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.wire.Lease;
import dev.assay.protocol.wire.ResultSubmission;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import tools.jackson.databind.JsonNode;

/**
 * A market with something in it: two requesters and two workers, each with what the other may not
 * see or touch.
 */
final class World {
  private static final AtomicLong WORKERS = new AtomicLong(0xb01a_0000L);

  final int port;
  final Tenant alice;
  final Tenant bob;
  final Machine leasing;
  final Machine other;

  /** A job of Alice's that {@link #leasing} executes. */
  final String executing;

  final Lease lease;

  final ResultSubmission result;

  /** Answers what is asked as OpenAI's clients ask. */
  private final AnsweringWorker answering;

  /**
   * A requester.
   *
   * @param token of a sign-in
   * @param attested a job with a result
   * @param open a job that no worker may have
   * @param key an id of a key with the scope {@code jobs:read}
   * @param transfer an id of one
   */
  record Tenant(
      TestWallet wallet, String token, String attested, String open, String key, String transfer) {}

  /**
   * A worker.
   *
   * @param token of a sign-in
   */
  record Machine(TestWallet key, WalletAddress address, String token, TestWorker worker) {}

  World(int port, BoundKeys keys, RecordPurse purses) {
    this.port = port;
    this.leasing = machine(keys);
    this.other = machine(keys);
    leasing.worker().offers(1_000, 64, "eu");
    other.worker().offers(2_000, 4, "us");
    this.answering = new AnsweringWorker(machine(keys).worker());
    this.alice = tenant(purses);
    this.bob = tenant(purses);
    this.executing = post(alice.token(), only(leasing));
    this.lease = leaseOf(executing, alice.token());
    this.result = leasing.worker().result(lease);
  }

  /** Its cheap offers would make those of other tests too dear. */
  void leave() {
    answering.close();
    for (Machine machine : List.of(leasing, other)) { // whose sessions may have been ended
      new TestWorker(port, machine.address(), machine.key()).offersNothing();
    }
  }

  private Machine machine(BoundKeys keys) {
    var key = TestWallet.create();
    var address = new WalletAddress("0x%040x".formatted(WORKERS.incrementAndGet()));
    keys.bind(key.address(), address);
    return new Machine(key, address, key.signInAsWorker(port), new TestWorker(port, address, key));
  }

  private Tenant tenant(RecordPurse purses) {
    var wallet = TestWallet.create();
    purses.record(
        new Purse(
            wallet.address(),
            TokenAmount.of(1_000_000_000_000L),
            TokenAmount.of(1_000_000_000_000L),
            TokenAmount.ZERO,
            TokenAmount.ZERO,
            1));
    String token = wallet.signIn(port);
    String attested = post(token, only(leasing));
    leasing.worker().sends(leasing.worker().result(leaseOf(attested, token)));
    String open = post(token, only(other)); // which does not ask
    String key = mint(token, List.of("jobs:read")).path("key").path("id").stringValue();
    String transfer =
        Http.json(port, "GET", "/api/account/transfers", token, null, JsonNode.class)
            .path("data")
            .get(0)
            .path("id")
            .stringValue();
    return new Tenant(wallet, token, attested, open, key, transfer);
  }

  /** There may be jobs of others, in which it is not interested. */
  private Lease leaseOf(String job, String token) {
    String signedId =
        Http.json(port, "GET", "/api/jobs/" + job, token, null, JsonNode.class)
            .path("signedId")
            .stringValue();
    while (true) {
      Lease lease = leasing.worker().leases();
      if (lease.assignment().jobId().toString().equals(signedId)) {
        return lease;
      }
    }
  }

  private static String only(Machine worker) {
    return ",\"provider\":{\"only\":[\"%s\"]}".formatted(worker.address());
  }

  private String post(String token, String more) {
    String job =
        """
        {"model":"all-minilm-l6-v2","input":{"kind":"embeddings","texts":["a"]}%s}\
        """
            .formatted(more);
    return Http.json(port, "POST", "/api/jobs", token, job, JsonNode.class)
        .path("id")
        .stringValue();
  }

  JsonNode mint(String token, List<String> scopes) {
    return Http.json(
        port, "POST", "/api/keys", token, Map.of("name", "k", "scopes", scopes), JsonNode.class);
  }

  /** The secret of a new key. */
  String secret(String token, List<String> scopes) {
    return mint(token, scopes).path("secret").stringValue();
  }
}
