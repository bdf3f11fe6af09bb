package dev.assay.marketplace;

import static org.awaitility.Awaitility.await;

import dev.assay.marketplace.identity.TestWallet;
import dev.assay.protocol.Digest;
import dev.assay.protocol.Domain;
import dev.assay.protocol.Outcome;
import dev.assay.protocol.OutputOpening;
import dev.assay.protocol.ResultAttestation;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.Verdict;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.content.EmbeddingsInput;
import dev.assay.protocol.content.EmbeddingsOutput;
import dev.assay.protocol.content.JobInput;
import dev.assay.protocol.content.JobKind;
import dev.assay.protocol.content.JobOutput;
import dev.assay.protocol.content.KnownModels;
import dev.assay.protocol.content.ModelManifest;
import dev.assay.protocol.content.ProfileClass;
import dev.assay.protocol.content.UnitPrice;
import dev.assay.protocol.wire.HandBack;
import dev.assay.protocol.wire.Heartbeat;
import dev.assay.protocol.wire.HeartbeatAnswer;
import dev.assay.protocol.wire.Lease;
import dev.assay.protocol.wire.LeaseAnswer;
import dev.assay.protocol.wire.LeaseRequest;
import dev.assay.protocol.wire.OfferBook;
import dev.assay.protocol.wire.ResultAnswers;
import dev.assay.protocol.wire.ResultAnswers.ResultAnswer;
import dev.assay.protocol.wire.ResultBatch;
import dev.assay.protocol.wire.ResultSubmission;
import dev.assay.protocol.wire.VerdictRequests;
import dev.assay.protocol.wire.VerdictRequests.VerdictRequest;
import dev.assay.protocol.wire.VerdictVote;
import dev.assay.protocol.wire.WorkerAccount;
import dev.assay.protocol.wire.WorkerOffer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.stream.Stream;

/** A worker that speaks the link as any stranger's would, and computes what a test tells it to. */
public final class TestWorker {
  static final Domain COURT =
      new Domain(31337, new WalletAddress("0xdc64a140aa3e981100a9beca4e685f962f0cf6c9"));

  /** As {@link MarketModuleTest} configures it. */
  static final ModelManifest CHAT_MODEL =
      new ModelManifest(
          "tiny-words",
          JobKind.CHAT,
          2048,
          List.of(
              new ModelManifest.ModelFile(
                  "tiny-words", 500, Digest.parse("0x" + "00".repeat(31) + "aa"))));

  /**
   * Of two classes of runtime, neither of which is calibrated; as {@link MarketModuleTest} has it.
   */
  static final ModelManifest TWO_PRECISIONS =
      new ModelManifest(
          "two-precisions",
          JobKind.EMBEDDINGS,
          256,
          List.of(
              new ModelManifest.ModelFile(
                  "two-precisions", 500, Digest.parse("0x" + "00".repeat(31) + "bb"))));

  /** Whose answers are scored; as {@link MarketModuleTest} has it. */
  static final ModelManifest SCORED_MODEL =
      new ModelManifest(
          "tiny-lm",
          JobKind.CHAT,
          2048,
          List.of(
              new ModelManifest.ModelFile(
                  "runtime-description", 0, Digest.parse(MarketModuleTest.TINY_LM))));

  private final int port;
  private final WalletAddress address;
  private final TestWallet key;
  private final String token;
  private final List<Lease> given = new CopyOnWriteArrayList<>();

  /**
   * @param key bound to {@code address}
   */
  public TestWorker(int port, WalletAddress address, TestWallet key) {
    this(port, address, key, key.signInAsWorker(port));
  }

  private TestWorker(int port, WalletAddress address, TestWallet key, String token) {
    this.port = port;
    this.address = address;
    this.key = key;
    this.token = token;
  }

  public WalletAddress address() {
    return address;
  }

  public TestWorker offers(long pricePerMillion) {
    return offers(pricePerMillion, 4, "eu");
  }

  public TestWorker offers(long pricePerMillion, int concurrency, String region) {
    return offers(pricePerMillion, concurrency, region, false);
  }

  public WalletAddress sessionKey() {
    return key.address();
  }

  /** Offers, and may be drawn to check others. */
  TestWorker verifies(long pricePerMillion) {
    return offers(pricePerMillion, 16, "eu", true);
  }

  /** As {@link #verifies(long)}, the model whose answers are scored. */
  TestWorker verifiesTexts() {
    return offers(SCORED_MODEL, ProfileClass.LLM, 1_000_000, 16, "eu", true);
  }

  /** As {@link #verifies(long)}, the model of two classes of runtime on this one. */
  TestWorker verifiesOn(ProfileClass profile) {
    return offers(TWO_PRECISIONS, profile, 1_000_000, 16, "eu", true);
  }

  private TestWorker offers(
      long pricePerMillion, int concurrency, String region, boolean verifies) {
    return offers(
        KnownModels.ALL_MINILM_L6_V2,
        ProfileClass.F32_CPU,
        pricePerMillion,
        concurrency,
        region,
        verifies);
  }

  private TestWorker offers(
      ModelManifest model,
      ProfileClass profile,
      long pricePerMillion,
      int concurrency,
      String region,
      boolean verifies) {
    var book =
        new OfferBook(
            region,
            List.of(
                new WorkerOffer(
                    model.digest(),
                    profile,
                    new UnitPrice(TokenAmount.of(pricePerMillion)),
                    UnitPrice.FREE,
                    concurrency)),
            verifies);
    Http.json(port, "PUT", "/worker/v1/offers", token, book, OfferBook.class);
    return this;
  }

  /** The chat model of {@link MarketModuleTest}, at no price in and so much out. */
  TestWorker offersChat(long outputPricePerMillion) {
    var book =
        new OfferBook(
            "eu",
            List.of(
                new WorkerOffer(
                    CHAT_MODEL.digest(),
                    ProfileClass.LLM,
                    UnitPrice.FREE,
                    new UnitPrice(TokenAmount.of(outputPricePerMillion)),
                    4)));
    Http.json(port, "PUT", "/worker/v1/offers", token, book, OfferBook.class);
    return this;
  }

  /** The chat model and the one that nobody can check, both at this price out; nothing in. */
  TestWorker offersBoth(long outputPricePerMillion) {
    return offers(both(outputPricePerMillion));
  }

  /** As {@link #offersBoth}, and the model whose answers are scored. */
  TestWorker offersAll(long outputPricePerMillion) {
    List<WorkerOffer> offers = new ArrayList<>(both(outputPricePerMillion));
    offers.add(
        new WorkerOffer(
            SCORED_MODEL.digest(),
            ProfileClass.LLM,
            UnitPrice.FREE,
            new UnitPrice(TokenAmount.of(outputPricePerMillion)),
            16));
    return offers(offers);
  }

  private static List<WorkerOffer> both(long outputPricePerMillion) {
    var free = UnitPrice.FREE;
    var price = new UnitPrice(TokenAmount.of(outputPricePerMillion));
    return List.of(
        new WorkerOffer(CHAT_MODEL.digest(), ProfileClass.LLM, free, price, 16),
        new WorkerOffer(TWO_PRECISIONS.digest(), ProfileClass.F32_CPU, price, free, 16));
  }

  private TestWorker offers(List<WorkerOffer> offers) {
    Http.json(
        port, "PUT", "/worker/v1/offers", token, new OfferBook("eu", offers), OfferBook.class);
    return this;
  }

  /** The same worker, seen by another process of the market. */
  TestWorker at(int otherPort) {
    var same = new TestWorker(otherPort, address, key, token);
    await("a process reads once a second which keys are bound")
        .atMost(Duration.ofSeconds(10))
        .until(() -> Http.status(otherPort, "GET", "/worker/v1/account", token, null) == 200);
    same.given.addAll(given);
    return same;
  }

  /** Another machine of the same wallet. */
  TestWorker with(TestWallet otherKey) {
    return new TestWorker(port, address, otherKey);
  }

  TestStream streams(Lease lease) {
    return new TestStream(port, token, lease.ref());
  }

  /** The request of a stream, for a client of the test's choice. */
  HttpRequest streamRequest(Lease lease, HttpRequest.BodyPublisher body) {
    return HttpRequest.newBuilder(
            URI.create(
                "http://127.0.0.1:%d/worker/v1/attempts/%s/%d/stream"
                    .formatted(port, lease.ref().jobId(), lease.ref().attempt())))
        .header("authorization", "Bearer " + token)
        .header("content-type", "application/x-ndjson")
        .expectContinue(true)
        .POST(body)
        .build();
  }

  public void offersNothing() {
    Http.json(
        port, "PUT", "/worker/v1/offers", token, new OfferBook("eu", List.of()), OfferBook.class);
  }

  WorkerAccount account() {
    return Http.json(port, "GET", "/worker/v1/account", token, null, WorkerAccount.class);
  }

  public LeaseAnswer asks(int capacity, String wait) {
    return asks(wait, question(capacity));
  }

  /** Says what it has in hand, as an agent does. */
  LeaseAnswer asksHolding(String wait, Lease... held) {
    LeaseRequest silent = question(1);
    return asks(
        wait,
        new LeaseRequest(
            silent.capacity(),
            silent.agentVersion(),
            silent.sentAt(),
            Stream.of(held).map(Lease::ref).toList()));
  }

  private LeaseAnswer asks(String wait, LeaseRequest question) {
    LeaseAnswer answer =
        Http.json(
            port, "POST", "/worker/v1/leases?wait=" + wait, token, question, LeaseAnswer.class);
    given.addAll(answer.leases());
    return answer;
  }

  HttpResponse<String> polls(String wait) {
    return polls(port, token, wait, Map.of());
  }

  /** Asks, with nothing in hand, on a connection that the caller may close. */
  Socket parks(String wait) throws IOException {
    String body =
        "{\"capacity\":1,\"agentVersion\":\"test/1\",\"sentAt\":\"2026-11-23T12:00:00Z\",\"holding\":[]}";
    var connection = new Socket(InetAddress.getLoopbackAddress(), port);
    connection
        .getOutputStream()
        .write(
            """
            POST /worker/v1/leases?wait=%s HTTP/1.1\r
            Host: 127.0.0.1:%d\r
            Authorization: Bearer %s\r
            Content-Type: application/json\r
            Content-Length: %d\r
            \r
            %s\
            """
                .formatted(wait, port, token, body.length(), body)
                .getBytes(StandardCharsets.US_ASCII));
    return connection;
  }

  /** A poll as simple as can be, by whoever has a worker's token. */
  static HttpResponse<String> polls(
      int port, String token, String wait, Map<String, String> headers) {
    return Http.send(port, "POST", "/worker/v1/leases?wait=" + wait, token, question(1), headers);
  }

  private static LeaseRequest question(int capacity) {
    return new LeaseRequest(capacity, "test/1", Instant.parse("2026-11-23T12:00:00Z"));
  }

  /** Leaves nothing behind for the next test's workers. */
  public void leaves() {
    offersNothing();
    given.forEach(lease -> givesBack(lease, HandBack.Reason.LEAVING));
  }

  public Lease leases() {
    return asks(1, "10s").leases().getFirst();
  }

  public ResultAnswer sends(ResultSubmission result) {
    return Http.json(
            port,
            "POST",
            "/worker/v1/results",
            token,
            new ResultBatch(List.of(result)),
            ResultAnswers.class)
        .answers()
        .getFirst();
  }

  public HeartbeatAnswer beats(Lease... leases) {
    var beat = new Heartbeat(List.of(leases).stream().map(Lease::ref).toList());
    return Http.json(port, "POST", "/worker/v1/heartbeat", token, beat, HeartbeatAnswer.class);
  }

  void givesBack(Lease lease, HandBack.Reason reason) {
    int status =
        Http.status(
            port,
            "POST",
            "/worker/v1/hand-backs",
            token,
            new HandBack(lease.ref(), reason, "as the test wants"));
    if (status != 204) {
      throw new AssertionError("HTTP " + status);
    }
  }

  /** Does what it is given, and signs what it has found. */
  void works(Function<JobInput, JobOutput> model) {
    asks(16, "0s").leases().forEach(lease -> sends(result(lease, model.apply(lease.input()))));
    votes();
  }

  /** What a committee's member signs, if its own result says so too. */
  int votes() {
    var wanted = Http.json(port, "GET", "/worker/v1/verdicts", token, null, VerdictRequests.class);
    for (VerdictRequest request : wanted.requests()) {
      Verdict verdict = verdict(request);
      if (!request.own().output().equals(request.accused().output())) {
        int status = votes(new VerdictVote(verdict, key.signer().sign(verdict, COURT)));
        if (status != 204 && isAsked(request)) { // others may have sufficed meanwhile
          throw new AssertionError("HTTP " + status);
        }
      }
    }
    return wanted.requests().size();
  }

  /** What it is asked to sign. */
  List<VerdictRequest> asked() {
    return Http.json(port, "GET", "/worker/v1/verdicts", token, null, VerdictRequests.class)
        .requests();
  }

  private boolean isAsked(VerdictRequest request) {
    return asked().stream()
        .anyMatch(other ->
            other.round() == request.round()
                && other.accused().attestation().equals(request.accused().attestation()));
  }

  /** Signs what it is asked to without looking. */
  int signs(VerdictRequest request) {
    Verdict verdict = verdict(request);
    return votes(new VerdictVote(verdict, key.signer().sign(verdict, COURT)));
  }

  int votes(VerdictVote vote) {
    return Http.status(port, "POST", "/worker/v1/verdicts", token, vote);
  }

  Verdict verdict(VerdictRequest request) {
    return new Verdict(
        request.accused().attestation().digest(COURT),
        request.epoch(),
        request.round(),
        Outcome.INVALID,
        request.accused().attestation().method(),
        request.reference().output().digest(),
        request.reference().output().evidenceRoot(),
        address,
        1_795_780_900);
  }

  /** An honest-looking result of a lease, of vectors that a test can tell apart. */
  public ResultSubmission result(Lease lease) {
    return result(lease, vectors(lease.input(), 1));
  }

  static JobOutput vectors(JobInput input, float first) {
    List<String> texts = ((EmbeddingsInput) input).texts();
    return EmbeddingsOutput.of(
        texts.stream().map(text -> new float[] {first, text.length(), 0.5f}).toList());
  }

  ResultSubmission result(Lease lease, JobOutput output) {
    return result(lease, output, 3, 0);
  }

  ResultSubmission result(Lease lease, JobOutput output, long inputUnits, long outputUnits) {
    Digest salt = Digest.keccak256("salt".getBytes(StandardCharsets.UTF_8));
    var opening =
        new OutputOpening(
            lease.assignment().jobId(),
            lease.assignment().attempt(),
            address,
            salt,
            output.digest());
    return signed(
        new ResultAttestation(
            lease.assignment().jobId(),
            lease.assignment().attempt(),
            lease.assignment().digest(COURT),
            address,
            lease.modelDigest(),
            lease.profile().digest(),
            lease.inputDigest(),
            opening.commitment(),
            output.evidenceRoot(),
            Digest.ZERO,
            lease.assignment().method(),
            inputUnits,
            outputUnits,
            lease.epoch(),
            1_795_780_800),
        salt,
        output);
  }

  public ResultSubmission signed(ResultAttestation attestation, Digest salt, JobOutput output) {
    return new ResultSubmission(attestation, key.signer().sign(attestation, COURT), salt, output);
  }
}
