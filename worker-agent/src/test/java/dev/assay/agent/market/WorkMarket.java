package dev.assay.agent.market;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.assay.protocol.Assignment;
import dev.assay.protocol.Digest;
import dev.assay.protocol.Domain;
import dev.assay.protocol.OutputOpening;
import dev.assay.protocol.PersonalMessage;
import dev.assay.protocol.Signature;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.content.JobInput;
import dev.assay.protocol.content.JobKind;
import dev.assay.protocol.content.KnownModels;
import dev.assay.protocol.content.ModelManifest;
import dev.assay.protocol.content.ProfileClass;
import dev.assay.protocol.content.VerificationCode;
import dev.assay.protocol.wire.AttemptRef;
import dev.assay.protocol.wire.HandBack;
import dev.assay.protocol.wire.Heartbeat;
import dev.assay.protocol.wire.HeartbeatAnswer;
import dev.assay.protocol.wire.Lease;
import dev.assay.protocol.wire.LeaseAnswer;
import dev.assay.protocol.wire.LeaseRequest;
import dev.assay.protocol.wire.OfferBook;
import dev.assay.protocol.wire.OutputPiece;
import dev.assay.protocol.wire.ResultAnswers;
import dev.assay.protocol.wire.ResultAnswers.Outcome;
import dev.assay.protocol.wire.ResultAnswers.ResultAnswer;
import dev.assay.protocol.wire.ResultBatch;
import dev.assay.protocol.wire.ResultSubmission;
import dev.assay.protocol.wire.SessionAnswer;
import dev.assay.protocol.wire.SessionRequest;
import dev.assay.protocol.wire.StreamAnswer;
import dev.assay.protocol.wire.VerdictRequests;
import dev.assay.protocol.wire.VerdictRequests.VerdictRequest;
import dev.assay.protocol.wire.VerdictVote;
import dev.assay.protocol.wire.WorkerAccount;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * The worker's side of a market over real HTTP, in memory: it lets a session key in by its signed
 * message, leases what a test posts, and checks each result as the market's API does.
 */
public final class WorkMarket implements AutoCloseable {
  public static final WalletAddress OWNER = new WalletAddress("0x" + "ab".repeat(20));
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Clock clock;
  private final Duration parking;
  private final BlockingQueue<Lease> open = new LinkedBlockingQueue<>();
  private final Map<AttemptRef, Lease> leased = new HashMap<>();
  private final Map<AttemptRef, Digest> claims = new HashMap<>();
  private final Set<String> nonces = new HashSet<>();
  private final Map<String, WalletAddress> keys = new HashMap<>();
  private final AtomicInteger parked = new AtomicInteger();
  private final AtomicInteger count = new AtomicInteger();
  private final AtomicInteger largestCapacity = new AtomicInteger();

  private final List<ResultSubmission> accepted = new CopyOnWriteArrayList<>();
  private final BlockingQueue<ResultSubmission> arrivals = new LinkedBlockingQueue<>();
  private final BlockingQueue<HandBack> handedBack = new LinkedBlockingQueue<>();
  private final BlockingQueue<Heartbeat> beats = new LinkedBlockingQueue<>();
  private final Map<Digest, VerdictRequest> toJudge = new ConcurrentHashMap<>();
  private final BlockingQueue<VerdictVote> votes = new LinkedBlockingQueue<>();
  private volatile int votesToLose;
  private final List<OfferBook> books = new CopyOnWriteArrayList<>();
  private final List<Outcome> outcomes = new CopyOnWriteArrayList<>();
  private volatile Domain court = new Domain(31337, new WalletAddress("0x" + "c0".repeat(20)));
  private volatile boolean isBound = true;
  private volatile int resultsToLose;
  private volatile int resultsToRefuse;
  private volatile boolean isStopping;
  private volatile boolean isCancelling;
  private volatile int streamsToBreak;
  private volatile CountDownLatch mayAnswerStreams = new CountDownLatch(0);
  private final AtomicInteger streams = new AtomicInteger();
  private final BlockingQueue<OutputPiece> pieces = new LinkedBlockingQueue<>();
  private volatile String drainBecause = "";
  private volatile int heartbeatSeconds = 1;
  private volatile @Nullable ModelManifest chat;

  public WorkMarket(Clock clock) {
    this(clock, Duration.ofSeconds(2));
  }

  /**
   * @param parking how long a question for work waits; shorter than an agent does, so that one that
   *     is gone is not given a lease for long
   */
  public WorkMarket(Clock clock, Duration parking) {
    this.clock = clock;
    this.parking = parking;
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.createContext("/", this::answer);
    server.setExecutor(threads);
    server.start();
  }

  public URI address() {
    return URI.create(
        "http://%s:%d"
            .formatted(server.getAddress().getHostString(), server.getAddress().getPort()));
  }

  /** Opens a job on the embedded model and answers the attempt by which it will be leased. */
  public AttemptRef post(JobInput input) {
    return post(input, OWNER, Duration.ofMinutes(5), input.digest());
  }

  public AttemptRef post(
      JobInput input, WalletAddress worker, Duration timeout, Digest inputDigest) {
    Digest jobId =
        Digest.keccak256(("job " + count.incrementAndGet()).getBytes(StandardCharsets.UTF_8));
    long now = clock.instant().getEpochSecond();
    ModelManifest known = chat;
    boolean isChat = input.kind() == JobKind.CHAT;
    Assignment assignment =
        new Assignment(
            jobId,
            1,
            Digest.keccak256((byte) 1),
            worker,
            VerificationCode.TOLERANCE_VECTOR.number(),
            TokenAmount.of(10),
            TokenAmount.of(40),
            now,
            now + timeout.toSeconds());
    Lease lease =
        new Lease(
            assignment,
            isChat && known != null ? known.digest() : KnownModels.ALL_MINILM_L6_V2.digest(),
            isChat ? ProfileClass.LLM : ProfileClass.F32_CPU,
            inputDigest,
            input,
            7,
            heartbeatSeconds);
    open.add(lease);
    return lease.ref();
  }

  /** Leases an attempt again, as no market should; not to an agent that is gone. */
  public void leaseAgain(AttemptRef attempt) throws InterruptedException {
    awaitNobodyParked();
    Lease lease;
    synchronized (this) {
      lease = leased.get(attempt);
    }
    open.add(Optional.ofNullable(lease).orElseThrow());
  }

  public void awaitNobodyParked() throws InterruptedException {
    synchronized (parked) {
      while (parked.get() > 0) {
        parked.wait();
      }
    }
  }

  public ResultSubmission awaitResult() throws InterruptedException {
    return Optional.ofNullable(arrivals.poll(30, TimeUnit.SECONDS)).orElseThrow();
  }

  public HandBack awaitHandBack() throws InterruptedException {
    return Optional.ofNullable(handedBack.poll(30, TimeUnit.SECONDS)).orElseThrow();
  }

  public Heartbeat awaitBeat() throws InterruptedException {
    return Optional.ofNullable(beats.poll(30, TimeUnit.SECONDS)).orElseThrow();
  }

  /** Waits until so many leases are given that have no result. */
  public synchronized void awaitLeased(int number) throws InterruptedException {
    while (leased.keySet().stream().filter(attempt -> !claims.containsKey(attempt)).count()
        < number) {
      wait();
    }
  }

  /** Asks, from now on, for a verdict, until it is signed. */
  public void askToJudge(VerdictRequest request) {
    toJudge.put(request.accused().attestation().digest(court), request);
  }

  public VerdictVote awaitVote() throws InterruptedException {
    return Optional.ofNullable(votes.poll(30, TimeUnit.SECONDS)).orElseThrow();
  }

  /** What was sent and no test has waited for. */
  public List<VerdictVote> votes() {
    return List.copyOf(votes);
  }

  /** Takes so many votes, never answers them, and asks again. */
  public void loseVotes(int number) {
    votesToLose = number;
  }

  public Domain court() {
    return court;
  }

  /** The most leases that one question has asked for. */
  public int largestCapacity() {
    return largestCapacity.get();
  }

  public List<ResultSubmission> accepted() {
    return List.copyOf(accepted);
  }

  public List<Outcome> outcomes() {
    return List.copyOf(outcomes);
  }

  public List<OfferBook> books() {
    return List.copyOf(books);
  }

  public void moveCourt() {
    court = new Domain(31337, new WalletAddress("0x" + "c1".repeat(20)));
  }

  public void unbind() {
    isBound = false;
  }

  public void bind() {
    isBound = true;
  }

  /** Takes so many sendings of results and never answers them. */
  public void loseResults(int number) {
    resultsToLose = number;
  }

  public void refuseResults(int number) {
    resultsToRefuse = number;
  }

  /** Answers each heartbeat with "stop all of it". */
  public void stopEverything() {
    isStopping = true;
  }

  /** Answers each heartbeat with "its requester wants no more". */
  public void cancelEverything() {
    isCancelling = true;
  }

  /** Hangs up on so many streams as soon as they say something. */
  public void breakStreams(int number) {
    streamsToBreak = number;
  }

  /** Hears streams to their end and answers none until it closes. */
  public void holdStreams() {
    mayAnswerStreams = new CountDownLatch(1);
  }

  public int streams() {
    return streams.get();
  }

  public OutputPiece awaitPiece() throws InterruptedException {
    return Optional.ofNullable(pieces.poll(30, TimeUnit.SECONDS)).orElseThrow();
  }

  public List<OutputPiece> pieces() {
    return List.copyOf(pieces);
  }

  /** What the market knows beside the embedded model, and leases {@link #post} for chats. */
  public void know(ModelManifest chatModel) {
    chat = chatModel;
  }

  public void drain(String because) {
    drainBecause = because;
  }

  public synchronized void forgetSessions() {
    keys.clear();
  }

  @Override
  public void close() {
    mayAnswerStreams.countDown();
    server.stop(0);
    threads.shutdownNow();
  }

  private void answer(HttpExchange exchange) throws IOException {
    if (exchange.getRequestURI().getPath().endsWith("/stream")) {
      stream(exchange);
      return;
    }
    try (exchange) {
      String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("x-request-id", "req-" + count.incrementAndGet());
      String path = exchange.getRequestURI().getPath();
      switch (path) {
        case "/api/market" -> say(exchange, marketBody());
        case "/api/models" -> say(exchange, modelsBody());
        case "/api/auth/siwe/nonce" -> say(exchange, nonceBody());
        case "/worker/v1/sessions" -> signIn(exchange, body);
        default -> answerWorker(exchange, path, body);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void answerWorker(HttpExchange exchange, String path, String body)
      throws IOException, InterruptedException {
    String token = exchange.getRequestHeaders().getFirst("authorization");
    @Nullable WalletAddress key;
    synchronized (this) {
      key = token == null ? null : keys.get(token);
    }
    if (key == null) {
      refuse(exchange, 401, "unauthenticated");
      return;
    }
    switch (path) {
      case "/worker/v1/offers" -> {
        books.add(JSON.readValue(body, OfferBook.class));
        say(exchange, body);
      }
      case "/worker/v1/leases" -> lease(exchange, JSON.readValue(body, LeaseRequest.class));
      case "/worker/v1/results" -> results(exchange, key, JSON.readValue(body, ResultBatch.class));
      case "/worker/v1/hand-backs" -> {
        HandBack handBack = JSON.readValue(body, HandBack.class);
        synchronized (this) {
          leased.remove(handBack.attempt());
        }
        handedBack.add(handBack);
        exchange.sendResponseHeaders(204, -1);
      }
      case "/worker/v1/heartbeat" -> {
        Heartbeat beat = JSON.readValue(body, Heartbeat.class);
        beats.add(beat);
        say(
            exchange,
            new HeartbeatAnswer(
                isStopping ? beat.attempts() : List.of(),
                isCancelling ? beat.attempts() : List.of(),
                !drainBecause.isEmpty(),
                drainBecause,
                "",
                clock.instant()));
      }
      case "/worker/v1/verdicts" -> verdicts(exchange, key, body);
      case "/worker/v1/account" ->
          say(
              exchange,
              new WorkerAccount(
                  OWNER,
                  TokenAmount.of(5_000_000),
                  TokenAmount.ZERO,
                  TokenAmount.of(123_456),
                  accepted.size()));
      default -> refuse(exchange, 404, "not-found");
    }
  }

  /** Takes a vote if the session key signed it as the court reads it. */
  private void verdicts(HttpExchange exchange, WalletAddress key, String body) throws IOException {
    if (exchange.getRequestMethod().equals("GET")) {
      say(
          exchange,
          new VerdictRequests(
              toJudge.values().stream().limit(VerdictRequests.MAX_REQUESTS).toList()));
      return;
    }
    VerdictVote vote = JSON.readValue(body, VerdictVote.class);
    boolean isAsked = toJudge.containsKey(vote.verdict().attestation());
    if (!isAsked || !vote.signature().isBy(key, vote.verdict(), court)) {
      refuse(exchange, 404, "not-found");
      return;
    }
    votes.add(vote);
    if (votesToLose > 0) {
      votesToLose--;
      exchange.sendResponseHeaders(503, -1);
      return;
    }
    toJudge.remove(vote.verdict().attestation());
    exchange.sendResponseHeaders(204, -1);
  }

  /** Hears what is streamed; hangs up when a test wants it to. */
  private void stream(HttpExchange exchange) throws IOException {
    String[] path = exchange.getRequestURI().getPath().split("/");
    var ref = new AttemptRef(Digest.parse(path[4]), Long.parseLong(path[5]));
    streams.incrementAndGet();
    try (exchange;
        var lines =
            new BufferedReader(
                new InputStreamReader(exchange.getRequestBody(), StandardCharsets.UTF_8))) {
      long bytes = 0;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (!line.isEmpty()) {
          OutputPiece piece = JSON.readValue(line, OutputPiece.class);
          pieces.add(piece);
          bytes = piece.offset() + piece.text().getBytes(StandardCharsets.UTF_8).length;
        }
        if (streamsToBreak > 0 && bytes > 0) {
          streamsToBreak--;
          return;
        }
      }
      mayAnswerStreams.await();
      exchange.getResponseHeaders().set("x-request-id", "req-" + count.incrementAndGet());
      say(exchange, new StreamAnswer(ref, bytes));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private String marketBody() {
    return """
    {"chainId":%d,"court":"%s","escrow":"0x%s","stake":"0x%s",
     "token":{"address":"0x%s","symbol":"tUSD","decimals":6}}\
    """
        .formatted(
            court.chainId(),
            court.verifyingContract(),
            "e5".repeat(20),
            "57".repeat(20),
            "70".repeat(20));
  }

  private String modelsBody() {
    ModelManifest known = chat;
    return "{\"data\":[%s%s]}"
        .formatted(
            modelBody(KnownModels.ALL_MINILM_L6_V2, "f32-cpu", "tolerance-vector"),
            known == null ? "" : "," + modelBody(known, "llm", "logprob-spot"));
  }

  private static String modelBody(ModelManifest model, String profile, String verification) {
    return """
    {"name":"%s","digest":"%s","profiles":["%s"],"verification":"%s","workers":0,
     "inputPrice":null,"outputPrice":null}\
    """
        .formatted(model.name(), model.digest(), profile, verification);
  }

  private synchronized String nonceBody() {
    String nonce = "nonce" + String.format("%08d", count.incrementAndGet());
    nonces.add(nonce);
    return "{\"nonce\":\"%s\",\"expiresAt\":\"%s\"}"
        .formatted(nonce, clock.instant().plusSeconds(300));
  }

  private void signIn(HttpExchange exchange, String body) throws IOException {
    SessionRequest request = JSON.readValue(body, SessionRequest.class);
    String[] lines = request.message().split("\n", -1);
    WalletAddress key = new WalletAddress(lines[1]);
    String nonce = lines[8].substring("Nonce: ".length());
    boolean counts =
        lines[0].equals(
                address().getAuthority() + " wants you to sign in with your Ethereum account:")
            && lines[5].equals("URI: " + address())
            && lines[7].equals("Chain ID: " + court.chainId())
            && Signature.parse(request.signature())
                .signerOf(PersonalMessage.digest(request.message()))
                .equals(Optional.of(key));
    String token = "Bearer token-" + count.incrementAndGet();
    synchronized (this) {
      counts &= nonces.remove(nonce);
    }
    if (!counts) {
      refuse(exchange, 401, "sign-in-refused");
    } else if (!isBound) {
      refuse(exchange, 403, "key-not-bound");
    } else {
      synchronized (this) {
        keys.put(token, key);
      }
      say(
          exchange,
          new SessionAnswer(
              token.substring("Bearer ".length()),
              clock.instant().plus(Duration.ofHours(1)),
              OWNER,
              court,
              ""));
    }
  }

  private void lease(HttpExchange exchange, LeaseRequest request)
      throws IOException, InterruptedException {
    largestCapacity.accumulateAndGet(request.capacity(), Math::max);
    List<Lease> given = new ArrayList<>();
    parked.incrementAndGet();
    @Nullable Lease first;
    try {
      first = open.poll(parking.toMillis(), TimeUnit.MILLISECONDS);
    } finally {
      synchronized (parked) {
        parked.decrementAndGet();
        parked.notifyAll();
      }
    }
    if (first != null) {
      given.add(first);
      open.drainTo(given, request.capacity() - 1);
    }
    synchronized (this) {
      given.forEach(lease -> leased.put(lease.ref(), lease));
      notifyAll();
    }
    say(
        exchange,
        new LeaseAnswer(
            given,
            given.isEmpty() ? "No job is open." : "",
            given.isEmpty() ? Map.of("price above the requester's", 3) : Map.of(),
            clock.instant()));
  }

  private void results(HttpExchange exchange, WalletAddress key, ResultBatch batch)
      throws IOException {
    if (resultsToRefuse > 0) {
      resultsToRefuse--;
      refuse(exchange, 413, "body-too-large");
      return;
    }
    List<ResultAnswer> answers = batch.results().stream().map(r -> judge(r, key)).toList();
    answers.forEach(answer -> outcomes.add(answer.outcome()));
    if (resultsToLose > 0) {
      resultsToLose--;
      exchange.sendResponseHeaders(503, -1); // taken, but the worker does not learn it
      return;
    }
    say(exchange, new ResultAnswers(answers));
  }

  private synchronized ResultAnswer judge(ResultSubmission result, WalletAddress key) {
    Lease lease = leased.get(result.ref());
    if (lease == null) {
      return new ResultAnswer(result.ref(), Outcome.LATE, "It is not leased to you.");
    }
    var claimed = result.attestation();
    boolean isAsked =
        claimed.worker().equals(OWNER)
            && claimed.assignment().equals(lease.assignment().digest(court))
            && claimed.modelDigest().equals(lease.modelDigest())
            && claimed.profileDigest().equals(lease.profile().digest())
            && claimed.inputDigest().equals(lease.inputDigest())
            && claimed.method() == lease.assignment().method()
            && claimed.epoch() == lease.epoch()
            && claimed.evidenceRoot().equals(result.output().evidenceRoot())
            && claimed.inputUnits() <= lease.input().mostInputUnits()
            && claimed
                .outputCommitment()
                .equals(
                    new OutputOpening(
                            claimed.jobId(),
                            claimed.attempt(),
                            claimed.worker(),
                            result.outputSalt(),
                            result.output().digest())
                        .commitment())
            && result.signature().isBy(key, claimed, court);
    if (!isAsked) {
      return new ResultAnswer(result.ref(), Outcome.REFUSED, "It is not what was asked.");
    }
    Digest before = claims.putIfAbsent(result.ref(), claimed.claim());
    if (before == null) {
      accepted.add(result);
      arrivals.add(result);
      return new ResultAnswer(result.ref(), Outcome.ACCEPTED, "");
    }
    return before.equals(claimed.claim())
        ? new ResultAnswer(result.ref(), Outcome.DUPLICATE, "")
        : new ResultAnswer(result.ref(), Outcome.CONTRADICTION, "Another counts.");
  }

  private static void say(HttpExchange exchange, Object body) throws IOException {
    say(exchange, JSON.writeValueAsString(body));
  }

  private static void say(HttpExchange exchange, String body) throws IOException {
    send(exchange, 200, "application/json", body);
  }

  private static void refuse(HttpExchange exchange, int status, String code) throws IOException {
    send(
        exchange,
        status,
        "application/problem+json",
        """
        {"type":"https://docs.example/problems.md#%s","title":"Refused","status":%d,
         "detail":"It is %s.","retryable":false}\
        """
            .formatted(code, status, code));
  }

  private static void send(HttpExchange exchange, int status, String type, String body)
      throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("content-type", type);
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
  }
}
