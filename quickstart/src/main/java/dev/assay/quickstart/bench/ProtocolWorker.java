package dev.assay.quickstart.bench;

import dev.assay.protocol.Digest;
import dev.assay.protocol.Domain;
import dev.assay.protocol.LocalSigner;
import dev.assay.protocol.OutputOpening;
import dev.assay.protocol.ResultAttestation;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.content.EmbeddingsInput;
import dev.assay.protocol.content.EmbeddingsOutput;
import dev.assay.protocol.content.JobOutput;
import dev.assay.protocol.content.KnownModels;
import dev.assay.protocol.content.ProfileClass;
import dev.assay.protocol.content.UnitPrice;
import dev.assay.protocol.wire.Heartbeat;
import dev.assay.protocol.wire.Lease;
import dev.assay.protocol.wire.LeaseAnswer;
import dev.assay.protocol.wire.LeaseRequest;
import dev.assay.protocol.wire.OfferBook;
import dev.assay.protocol.wire.ResultAnswers;
import dev.assay.protocol.wire.ResultBatch;
import dev.assay.protocol.wire.ResultSubmission;
import dev.assay.protocol.wire.WorkerOffer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;

/**
 * A worker that speaks the whole link and signs for real, but runs no model: its vectors are made
 * up. For measuring the market, not the inference.
 */
public final class ProtocolWorker implements AutoCloseable {
  /** For a million tokens, so that a short text costs at least one unit. */
  public static final long PRICE = 20_000;

  private static final Digest SALT = Digest.keccak256("bench".getBytes(StandardCharsets.UTF_8));
  private static final Digest PROFILE = ProfileClass.F32_CPU.digest();

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
    var book =
        new OfferBook(
            "eu",
            List.of(
                new WorkerOffer(
                    KnownModels.ALL_MINILM_L6_V2.digest(),
                    ProfileClass.F32_CPU,
                    new UnitPrice(TokenAmount.of(PRICE)),
                    UnitPrice.FREE,
                    concurrency)));
    market.ask("PUT", "/worker/v1/offers", book, OfferBook.class);
    return this;
  }

  public List<Lease> lease(int capacity, int waitSeconds) throws IOException {
    return market
        .ask(
            "POST",
            "/worker/v1/leases?wait=" + waitSeconds + "s",
            new LeaseRequest(capacity, "bench/1", clock.instant()),
            LeaseAnswer.class)
        .leases();
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
    JobOutput output = output(lease);
    Digest jobId = lease.assignment().jobId();
    var attestation =
        new ResultAttestation(
            jobId,
            attempt,
            lease.assignment().digest(court),
            address,
            lease.modelDigest(),
            PROFILE,
            lease.inputDigest(),
            new OutputOpening(jobId, attempt, address, SALT, output.digest()).commitment(),
            output.evidenceRoot(),
            Digest.ZERO,
            lease.assignment().method(),
            3,
            0,
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
