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
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/**
 * A market with something in it: two requesters and two workers, each with what the other may not
 * see or touch.
 */
final class World {
  /** The media type of {@link #form}. */
  static final String FORM = "multipart/form-data; boundary=edge";

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
   * @param files handed in, so many that deleting some leaves some
   * @param batch of one of them
   */
  record Tenant(
      TestWallet wallet,
      String token,
      String attested,
      String open,
      String key,
      String transfer,
      List<String> files,
      String batch) {}

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
    List<String> files = Stream.generate(() -> handIn(token)).limit(20).toList();
    String batch =
        Http.json(port, "POST", "/v1/batches", token, batchOf(files.getLast()), JsonNode.class)
            .path("id")
            .stringValue();
    return new Tenant(wallet, token, attested, open, key, transfer, files, batch);
  }

  /** The body of a batch. */
  static Map<String, Object> batchOf(String file) {
    return Map.of("input_file_id", file, "endpoint", "/v1/embeddings", "completion_window", "24h");
  }

  /** A form with a file of one line, which a batch may ask. */
  static String form(String purpose) {
    return """
    --edge
    Content-Disposition: form-data; name="file"; filename="a.jsonl"

    {"custom_id":"a","method":"POST","url":"/v1/embeddings","body":{"model":"two-precisions","input":"a"}}
    --edge
    Content-Disposition: form-data; name="purpose"

    %s
    --edge--
    """
        .replace("\n", "\r\n")
        .formatted(purpose);
  }

  /** Answers a {@link #form} that is handed in. */
  HttpResponse<String> sendForm(String token) {
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/v1/files"))
            .header("content-type", FORM)
            .POST(BodyPublishers.ofString(form("batch")));
    if (!token.isEmpty()) {
      request.header("authorization", "Bearer " + token);
    }
    return Http.send(request);
  }

  String handIn(String token) {
    return Http.read(sendForm(token)).path("id").stringValue();
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
