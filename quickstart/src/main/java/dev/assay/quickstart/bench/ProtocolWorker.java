package dev.assay.quickstart.bench;

import dev.assay.protocol.Digest;
import dev.assay.protocol.Domain;
import dev.assay.protocol.LocalSigner;
import dev.assay.protocol.OutputOpening;
import dev.assay.protocol.ResultAttestation;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.content.ChatOutput;
import dev.assay.protocol.content.EmbeddingsInput;
import dev.assay.protocol.content.EmbeddingsOutput;
import dev.assay.protocol.content.JobOutput;
import dev.assay.protocol.content.KnownModels;
import dev.assay.protocol.content.ModelManifest;
import dev.assay.protocol.content.ProfileClass;
import dev.assay.protocol.content.UnitPrice;
import dev.assay.protocol.wire.Heartbeat;
import dev.assay.protocol.wire.Lease;
import dev.assay.protocol.wire.LeaseAnswer;
import dev.assay.protocol.wire.LeaseRequest;
import dev.assay.protocol.wire.OfferBook;
import dev.assay.protocol.wire.OutputPiece;
import dev.assay.protocol.wire.ResultAnswers;
import dev.assay.protocol.wire.ResultBatch;
import dev.assay.protocol.wire.ResultSubmission;
import dev.assay.protocol.wire.WorkerOffer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;
import java.util.Optional;

/**
 * A worker that speaks the whole link and signs for real, but runs no model: its vectors are made
 * up. For measuring the market, not the inference.
 */
public final class ProtocolWorker implements AutoCloseable {
  /** For a million tokens, so that a short text costs at least one unit. */
  public static final long PRICE = 20_000;

  private static final Digest SALT = Digest.keccak256("bench".getBytes(StandardCharsets.UTF_8));

  private static final int UNAVAILABLE = 503;

  private final MarketClient market;
  private final WalletAddress address;
  private final LocalSigner key;
  private final Domain court;
  private final Clock clock;

  /**
   * @param key the worker's session key; its staked wallet is {@link #ownerOf}
   * @param court whose domain it signs in
   */
  public ProtocolWorker(int port, LocalSigner key, Domain court, Clock clock) {
    this.market = new MarketClient(port);
    this.key = key;
    this.address = walletOf(key);
    this.court = court;
    this.clock = clock;
  }

  /** Another wallet than the key's, as with real workers; here anyone can make it from the key. */
  public static LocalSigner ownerOf(LocalSigner key) {
    return LocalSigner.ofKey(Digest.keccak256(key.address().toBytes()).toBytes());
  }

  static WalletAddress walletOf(LocalSigner key) {
    return ownerOf(key).address();
  }

  /** The court that a market tells. */
  public static Domain courtOf(MarketClient anybody) throws IOException {
    var terms = MarketClient.JSON.readTree(anybody.get("/api/market").body());
    return new Domain(
        terms.path("chainId").asLong(), new WalletAddress(terms.path("court").asString()));
  }

  public WalletAddress address() {
    return address;
  }

  LocalSigner key() {
    return key;
  }

  public ProtocolWorker signIn() throws IOException {
    market.signInAsWorker(key, clock);
    return this;
  }

  public ProtocolWorker offer(int concurrency) throws IOException {
    return offer(List.of(embeddings(concurrency)));
  }

  /** Also a chat model. */
  public ProtocolWorker offer(int concurrency, ModelManifest chat) throws IOException {
    return offer(
        List.of(
            embeddings(concurrency),
            new WorkerOffer(
                chat.digest(),
                ProfileClass.LLM,
                UnitPrice.FREE,
                new UnitPrice(TokenAmount.of(1_000_000)),
                concurrency)));
  }

  /** From now on others have the work. */
  public void offerNothing() throws IOException {
    offer(List.of());
  }

  private static WorkerOffer embeddings(int concurrency) {
    return new WorkerOffer(
        KnownModels.ALL_MINILM_L6_V2.digest(),
        ProfileClass.F32_CPU,
        new UnitPrice(TokenAmount.of(PRICE)),
        UnitPrice.FREE,
        concurrency);
  }

  private ProtocolWorker offer(List<WorkerOffer> offers) throws IOException {
    market.ask("PUT", "/worker/v1/offers", new OfferBook("eu", offers), OfferBook.class);
    return this;
  }

  /** What an attempt says while it is made, on this worker's connection. */
  final class Speech {
    private final HttpConnection.Saying saying;
    private final StringBuilder said = new StringBuilder();

    private Speech(Lease lease) throws IOException {
      saying =
          market.begin(
              "/worker/v1/attempts/%s/%d/stream"
                  .formatted(lease.ref().jobId(), lease.ref().attempt()),
              "application/x-ndjson");
    }

    /**
     * @param piece in ASCII, so that its places are those of its bytes
     */
    void say(String piece) throws IOException {
      saying.say(
          MarketClient.JSON.writeValueAsString(new OutputPiece(said.length(), piece)) + "\n");
      said.append(piece);
    }

    /** The whole, when it is all said. */
    String end() throws IOException {
      MarketClient.good("POST", "stream", saying.end());
      return said.toString();
    }
  }

  Speech speak(Lease lease) throws IOException {
    return new Speech(lease);
  }

  /** None also from a market that is away for a moment: whoever polls asks again. */
  public List<Lease> lease(int capacity, int waitSeconds) throws IOException {
    return poll(capacity, waitSeconds).orElse(List.of());
  }

  /** Nothing from a market that has too much to do: it is to be asked later. */
  Optional<List<Lease>> poll(int capacity, int waitSeconds) throws IOException {
    String path = "/worker/v1/leases?wait=" + waitSeconds + "s";
    var answer = market.send("POST", path, new LeaseRequest(capacity, "bench/1", clock.instant()));
    return answer.status() == UNAVAILABLE
        ? Optional.empty()
        : Optional.of(MarketClient.read("POST", path, answer, LeaseAnswer.class).leases());
  }

  public List<ResultAnswers.ResultAnswer> send(List<ResultSubmission> results) throws IOException {
    return market
        .ask("POST", "/worker/v1/results", new ResultBatch(results), ResultAnswers.class)
        .answers();
  }

  public void beat(List<Lease> leases) throws IOException {
    market.send(
        "POST", "/worker/v1/heartbeat", new Heartbeat(leases.stream().map(Lease::ref).toList()));
  }

  /** A signed result with a vector that depends on the text alone. */
  public ResultSubmission result(Lease lease) {
    return result(lease, lease.assignment().attempt(), key);
  }

  /**
   * @param attempt that it claims, perhaps not the lease's
   * @param signer perhaps not the worker's key
   */
  public ResultSubmission result(Lease lease, long attempt, LocalSigner signer) {
    return result(lease, attempt, signer, output(lease), 3, 0);
  }

  /** A signed result of a chat. */
  ResultSubmission result(Lease lease, ChatOutput output, long outputUnits) {
    return result(lease, lease.assignment().attempt(), key, output, 3, outputUnits);
  }

  private ResultSubmission result(
      Lease lease,
      long attempt,
      LocalSigner signer,
      JobOutput output,
      long inputUnits,
      long outputUnits) {
    Digest jobId = lease.assignment().jobId();
    var attestation =
        new ResultAttestation(
            jobId,
            attempt,
            lease.assignment().digest(court),
            address,
            lease.modelDigest(),
            lease.profile().digest(),
            lease.inputDigest(),
            new OutputOpening(jobId, attempt, address, SALT, output.digest()).commitment(),
            output.evidenceRoot(),
            Digest.ZERO,
            lease.assignment().method(),
            inputUnits,
            outputUnits,
            lease.epoch(),
            clock.instant().getEpochSecond());
    return new ResultSubmission(attestation, signer.sign(attestation, court), SALT, output);
  }

  private static JobOutput output(Lease lease) {
    List<String> texts = ((EmbeddingsInput) lease.input()).texts();
    return EmbeddingsOutput.of(
        texts.stream().map(text -> new float[] {1, text.length(), text.hashCode() % 97}).toList());
  }

  @Override
  public void close() {
    market.close();
  }
}
