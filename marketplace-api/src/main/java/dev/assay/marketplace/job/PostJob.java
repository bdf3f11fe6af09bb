package dev.assay.marketplace.job;

import dev.assay.determinism.CrashPoint;
import dev.assay.determinism.Ids;
import dev.assay.marketplace.identity.Caller;
import dev.assay.marketplace.identity.KeyBudgets;
import dev.assay.marketplace.identity.KeySpend;
import dev.assay.marketplace.identity.SpendResult;
import dev.assay.marketplace.job.Blobs.Blob;
import dev.assay.marketplace.job.FirstLeases.NewJob;
import dev.assay.marketplace.job.Jobs.PostKey;
import dev.assay.marketplace.job.Jobs.Posted;
import dev.assay.marketplace.model.Model;
import dev.assay.marketplace.model.Models;
import dev.assay.marketplace.parameter.Parameter;
import dev.assay.marketplace.parameter.Parameters;
import dev.assay.marketplace.platform.CourtSettings;
import dev.assay.marketplace.platform.GroupCommit;
import dev.assay.marketplace.platform.OneTrip;
import dev.assay.marketplace.platform.OneTrip.Answer;
import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.marketplace.platform.ReplicaId;
import dev.assay.marketplace.platform.Transactions;
import dev.assay.marketplace.purse.Ledger;
import dev.assay.marketplace.purse.Reservation;
import dev.assay.marketplace.purse.ReserveResult;
import dev.assay.protocol.Digest;
import dev.assay.protocol.JobId;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.content.JobInput;
import dev.assay.protocol.verification.Calibration;
import dev.assay.protocol.verification.VerificationMethod;
import dev.assay.tracing.Traces;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.stereotype.Service;
import org.springframework.util.unit.DataSize;
import tools.jackson.databind.json.JsonMapper;

/** Takes a job: quotes it, holds its money and writes it down, all or nothing, once. */
@Service
public class PostJob implements DisposableBean {
  private static final Logger LOG = LoggerFactory.getLogger(PostJob.class);

  private final QuoteJob quotes;
  private final Models models;
  private final Jobs jobs;
  private final Quorums quorums;
  private final Blobs blobs;
  private final Ledger ledger;
  private final KeyBudgets budgets;
  private final FirstLeases firstLeases;
  private final JobSettings settings;
  private final CourtSettings court;
  private final ApplicationEventPublisher events;
  private final JsonMapper json;
  private final Clock clock;
  private final Ids ids;
  private final ReplicaId replica;
  private final Traces traces;
  private final Transactions transactions;
  private final IntSupplier openPerRequester;
  private final WalletBounds openJobs;
  private final WalletBounds keptInputs;
  private final WalletBounds strictJobs;
  private final Arbiter arbiter;
  private final GroupCommit<Order, Outcome> orders;

  PostJob(
      QuoteJob quotes,
      Arbiter arbiter,
      Models models,
      Jobs jobs,
      Quorums quorums,
      Blobs blobs,
      Ledger ledger,
      KeyBudgets budgets,
      FirstLeases firstLeases,
      JobSettings settings,
      Parameters parameters,
      CourtSettings court,
      Transactions transactions,
      ApplicationEventPublisher events,
      JsonMapper json,
      Clock clock,
      Ids ids,
      ReplicaId replica,
      Traces traces) {
    this.replica = replica;
    this.traces = traces;
    this.transactions = transactions;
    this.openPerRequester =
        parameters.of(Parameter.OPEN_JOBS_PER_REQUESTER, settings.openPerRequester());
    this.arbiter = arbiter;
    this.strictJobs = new WalletBounds((requesters, _) -> quorums.undecidedStrictOf(requesters));
    this.openJobs = new WalletBounds(jobs::openOf);
    this.keptInputs = new WalletBounds((requesters, _) -> blobs.inputsOf(requesters));
    this.quotes = quotes;
    this.models = models;
    this.jobs = jobs;
    this.quorums = quorums;
    this.blobs = blobs;
    this.ledger = ledger;
    this.budgets = budgets;
    this.firstLeases = firstLeases;
    this.settings = settings;
    this.court = court;
    this.events = events;
    this.json = json;
    this.clock = clock;
    this.ids = ids;
    this.orders =
        new GroupCommit<>(
            "post-jobs", settings.together(), settings.queued(), transactions, this::record);
  }

  /**
   * A job that is ready to be written.
   *
   * @param others the same job for other workers, if a quorum is wanted
   * @param content the input as it is kept
   * @param of the strict job whose next voice this is; none for a job of its own
   * @param isOffered whether its first lease may be written with it
   */
  private record Order(
      Posted posted,
      List<Posted> others,
      JobInput input,
      Blob content,
      Optional<JobId> of,
      boolean isOffered) {
    Job job() {
      return posted.job();
    }

    /** All that are to be executed. */
    List<Job> voices() {
      return Stream.concat(Stream.of(posted), others.stream()).map(Posted::job).toList();
    }

    /** Whether it is one more that is to be replayed; another voice of one that is there is not. */
    boolean isReplayed() {
      return of.isEmpty() && job().checking().verification() instanceof Verification.Strict;
    }

    Blobs.Input kept() {
      return new Blobs.Input(job().requester(), voices().size(), content);
    }

    TokenAmount held() {
      return job().maxPrice().times(1 + others.size());
    }

    Order notOffered() {
      return new Order(posted, others, input, content, of, false);
    }
  }

  /** What became of it. */
  private sealed interface Outcome {
    record New(List<Job> voices, Set<JobId> leased) implements Outcome {}

    record Known(Job job) implements Outcome {}

    record Refused(Problem problem) implements Outcome {}
  }

  /**
   * @param isReplay whether the job was there before
   */
  public record PostedJob(Job job, boolean isReplay) {}

  /**
   * @param requestKey the {@code Idempotency-Key}; null if there is none
   * @throws Problem if it cannot be taken; nothing is written or held then
   */
  PostedJob post(Caller caller, PostJobRequest request, @Nullable String requestKey) {
    Digest input = request.input().digest();
    return commit(order(caller, request, input, requestKey, digest(request, input), true));
  }

  /**
   * As {@link #post(Caller, PostJobRequest, String)}, for what was asked for in other words.
   *
   * @param asked of all of those: what tells a repeated post from another of the same name
   */
  public PostedJob post(
      Caller caller, PostJobRequest request, @Nullable String requestKey, Digest asked) {
    return commit(order(caller, request, request.input().digest(), requestKey, asked, true));
  }

  /**
   * What was posted before under the same name.
   *
   * @param asked as it was said then
   * @throws Problem {@link ProblemType#IDEMPOTENCY_CONFLICT} if something else was
   */
  public Optional<PostedJob> posted(
      Caller caller, JobId id, @Nullable String requestKey, Digest asked) {
    return jobs.findPosted(caller.wallet(), id, requestKey)
        .map(known -> {
          if (!known.requestDigest().equals(asked)) {
            throw somethingElse(known.job());
          }
          return new PostedJob(known.job(), true);
        });
  }

  /** What the market buys to finish what is there. */
  PostedJob postToFinish(Caller caller, PostJobRequest request) {
    Digest input = request.input().digest();
    return commit(order(caller, request, input, null, digest(request, input), false));
  }

  private PostedJob commit(Order order) {
    return switch (written(order)) {
      case Outcome.New(List<Job> voices, Set<JobId> leased) -> {
        CrashPoint.API_POST_AFTER_COMMIT.reached();
        blobs.remember(order.content());
        voices.forEach(
            voice -> events.publishEvent(new JobOpened(voice, leased.contains(voice.id()))));
        yield new PostedJob(voices.getFirst(), false);
      }
      case Outcome.Known(Job job) -> {
        // It may be known only because its own commit was answered with an error.
        if (!jobs.withoutEnd(List.of(job.id())).isEmpty()) {
          events.publishEvent(new JobOpened(job, false));
        }
        yield new PostedJob(job, true);
      }
      case Outcome.Refused(Problem problem) -> throw problem;
    };
  }

  /** A lease that cannot be written is no reason to refuse the job. */
  private Outcome written(Order order) {
    try {
      return orders.commit(order);
    } catch (DataAccessException fault) {
      if (!order.isOffered() || fault instanceof DataAccessResourceFailureException) {
        throw fault;
      }
      LOG.atWarn()
          .setCause(fault)
          .addKeyValue("job", order.job().id())
          .log("A job could not be written together with its first lease; it is written alone");
      return orders.commit(order.notOffered());
    }
  }

  private Order order(
      Caller caller,
      PostJobRequest request,
      Digest inputDigest,
      @Nullable String requestKey,
      Digest requestDigest,
      boolean isNew) {
    JobId id = request.id() == null ? new JobId(ids.next()) : request.id();
    if (id.uuid().equals(Jobs.LEAST)) { // it would stand before all that is resumed
      throw new Problem(
          ProblemType.INVALID_BODY, "id", "The nil UUID names no job. Make another, a UUIDv7.");
    }
    Wishes wishes = Objects.requireNonNullElse(request.provider(), Wishes.NONE);
    Tier tier = Objects.requireNonNullElse(request.tier(), Tier.STANDARD);
    Verification verification =
        Objects.requireNonNullElse(request.verification(), Verification.SPOT);
    TokenAmount each;
    List<Wishes> voices;
    try {
      QuoteJob.Priced priced =
          quotes.price(request.model(), request.input(), wishes, verification, isNew);
      TokenAmount maxPrice = Objects.requireNonNullElse(request.maxPrice(), priced.most());
      if (maxPrice.compareTo(priced.lowest()) < 0) {
        throw new Problem(
            ProblemType.PRICE_TOO_LOW,
            "maxPrice %s is below what any worker asks; %s would work."
                .formatted(maxPrice, priced.lowest()));
      }
      int workers = verification.workers();
      each = workers == 1 ? maxPrice : part(maxPrice, workers);
      voices =
          workers == 1
              ? List.of(wishes)
              : quotes.voices(
                  priced.model(), request.input(), caller.wallet(), wishes, workers, each);
    } catch (Problem problem) {
      // A repeated post is answered even if nobody serves the model any more.
      return jobs.findPosted(caller.wallet(), id, requestKey)
          .map(known -> again(known.job(), request.input(), requestKey, requestDigest))
          .orElseThrow(() -> problem);
    }
    Model model = models.named(request.model()).orElseThrow();
    Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    Instant deadline = now.plus(patience(request, tier)).truncatedTo(ChronoUnit.SECONDS);
    String traceparent = traces.traceparent();
    List<Job> jobs = new ArrayList<>();
    for (Wishes voice : voices) {
      jobs.add(
          Job.posted(
              court.domain(),
              jobs.isEmpty() ? id : new JobId(ids.next()),
              caller.wallet(),
              model.digest(),
              request.input().kind(),
              inputDigest,
              checking(model, verification),
              each,
              request.input().mostInputUnits(),
              request.input().mostOutputUnits(),
              tier,
              voice,
              deadline,
              now,
              caller.apiKey(),
              traceparent));
    }
    return new Order(
        new Posted(jobs.getFirst(), requestKey, requestDigest),
        jobs.stream().skip(1).map(job -> new Posted(job, null, requestDigest)).toList(),
        request.input(),
        new Blob(
            inputDigest,
            json.writeValueAsBytes(request.input()),
            deadline.plus(settings.retention())),
        Optional.empty(),
        true);
  }

  /**
   * Asks another worker for the result of a strict job, on its requester's money, within the
   * caller's transaction. The caller tells it after the commit.
   *
   * @param asked workers that are not asked again
   * @return none if nobody can be asked, or too little money is left
   */
  Optional<Job> another(Job first, JobInput input, Set<WalletAddress> asked) {
    Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    Posted posted =
        jobs.findPosted(first.requester(), first.id(), null)
            .orElseThrow(() -> new IllegalStateException("%s is gone".formatted(first.id())));
    if (first.isOverdueAt(now)) {
      return Optional.empty();
    }
    try {
      Wishes wishes = first.wishes().without(asked);
      Model model = models.of(first.modelDigest()).orElseThrow();
      // What is asked for is one more answer; that it can be replayed was seen before.
      QuoteJob.Priced priced = quotes.price(model.name(), input, wishes, Verification.SPOT, false);
      if (priced.lowest().compareTo(first.maxPrice()) > 0) {
        return Optional.empty();
      }
      Job job =
          Job.posted(
              court.domain(),
              new JobId(ids.next()),
              first.requester(),
              first.modelDigest(),
              first.kind(),
              first.inputDigest(),
              first.checking(),
              first.maxPrice(),
              first.inputUnits(),
              first.outputUnits(),
              first.tier(),
              wishes,
              first.deadline(),
              now,
              first.apiKey(),
              first.traceparent());
      var order =
          new Order(
              new Posted(job, null, posted.requestDigest()),
              List.of(),
              input,
              new Blob(
                  first.inputDigest(),
                  json.writeValueAsBytes(input),
                  first.deadline().plus(settings.retention())),
              Optional.of(first.id()),
              false);
      List<Outcome> outcomes = transactions.commit(trip -> record(List.of(order), trip));
      return outcomes.getFirst() instanceof Outcome.New ? Optional.of(job) : Optional.empty();
    } catch (Problem nobody) {
      return Optional.empty();
    }
  }

  /** Rounded down: what cannot be shared is not held. */
  private static TokenAmount part(TokenAmount whole, int workers) {
    return TokenAmount.of(whole.toBigInteger().divide(BigInteger.valueOf(workers)));
  }

  /** The rule that holds for a model is fixed when a job is posted. */
  private static Checking checking(Model model, Verification verification) {
    Digest thresholds =
        model
            .calibration()
            .map(calibration -> calibration.thresholds(method(calibration, verification)).digest())
            .orElse(Digest.ZERO);
    return new Checking(model.method().number(), verification, thresholds);
  }

  private static VerificationMethod method(Calibration calibration, Verification verification) {
    return switch (verification) {
      case Verification.Spot() -> calibration.method();
      case Verification.Strict() -> new VerificationMethod.StrictReplay(calibration.method());
      case Verification.Quorum(int needed, int of) ->
          new VerificationMethod.RedundantQuorum(needed, of, calibration.method());
    };
  }

  private static Order again(
      Job known, JobInput input, @Nullable String requestKey, Digest requestDigest) {
    return new Order(
        new Posted(known, requestKey, requestDigest),
        List.of(),
        input,
        new Blob(known.inputDigest(), new byte[0], Instant.EPOCH),
        Optional.empty(),
        false);
  }

  private Duration patience(PostJobRequest request, Tier tier) {
    if (request.deadlineSeconds() == null) {
      return tier.patience();
    }
    var patience = Duration.ofSeconds(request.deadlineSeconds());
    if (patience.compareTo(Duration.ofSeconds(1)) < 0
        || patience.compareTo(settings.longest()) > 0) {
      throw new Problem(
          ProblemType.INVALID_BODY,
          "deadlineSeconds is 1 to %d.".formatted(settings.longest().toSeconds()));
    }
    return patience;
  }

  /** Of what was asked for, whether or not the id was said in the body. */
  private Digest digest(PostJobRequest request, Digest input) {
    String asked =
        json.writeValueAsString(
            List.of(
                request.model(),
                input,
                String.valueOf(request.maxPrice()),
                String.valueOf(request.tier()),
                String.valueOf(request.deadlineSeconds()),
                request.provider() == null ? "" : json.writeValueAsString(request.provider()),
                request.verification() == null ? "" : request.verification().label()));
    return Digest.keccak256(asked.getBytes(StandardCharsets.UTF_8));
  }

  /** What a group of posts has to know before anything is decided: one trip tells it. */
  private record Asked(
      Answer<PostKey> fresh,
      KeyBudgets.Locked keys,
      Ledger.Locked purses,
      FirstLeases.Giving leases) {}

  private Asked ask(List<Order> group, OneTrip trip) {
    Answer<PostKey> fresh = jobs.insert(group.stream().map(Order::posted).toList(), trip);
    // Keys before purses, as those who end jobs lock them.
    KeyBudgets.Locked keys =
        budgets.lock(group.stream().flatMap(order -> order.job().apiKey().stream()).toList(), trip);
    Ledger.Locked purses =
        ledger.lock(group.stream().map(order -> order.job().requester()).toList(), trip);
    FirstLeases.Giving leases =
        firstLeases.begin(group.stream().filter(Order::isOffered).map(Order::job).toList(), trip);
    trip.send();
    return new Asked(fresh, keys, purses, leases);
  }

  private Supplier<List<Outcome>> record(List<Order> group, OneTrip trip) {
    Asked asked = ask(group, trip);
    List<Order> added = new ArrayList<>();
    Set<PostKey> taken = new HashSet<>(asked.fresh.rows());
    for (Order order : group) {
      if (taken.remove(PostKey.of(order.posted()))) {
        added.add(order);
      }
    }
    Map<Order, Outcome> decided = new IdentityHashMap<>();
    List<Order> within = withinBudgets(withinBounds(added, decided), asked, decided, trip);
    reserve(within, asked, decided, trip);
    List<JobId> refused =
        added.stream()
            .filter(order -> decided.get(order) instanceof Outcome.Refused)
            .flatMap(order -> ids(order.voices()).stream())
            .toList();
    if (!refused.isEmpty()) {
      jobs.remove(refused, trip);
    }
    CrashPoint.API_POST_BEFORE_COMMIT.reached();
    return () ->
        group.stream()
            .map(order -> {
              Outcome outcome = decided.get(order);
              return outcome == null ? known(order.posted(), decided) : outcome;
            })
            .toList();
  }

  /** Those whose requester may have one more open job, and its input; the others are refused. */
  private List<Order> withinBounds(List<Order> added, Map<Order, Outcome> decided) {
    int most = openPerRequester.getAsInt();
    DataSize large = settings.inputsPerRequester();
    List<Order> within =
        within(
            openJobs,
            added,
            order -> order.voices().size(),
            most,
            () -> tooManyOpen(most),
            decided);
    within = withinReplays(within, decided);
    return within(
        keptInputs,
        within,
        order -> order.content().content().length,
        large.toBytes(),
        () -> tooMuchKept(large),
        decided);
  }

  /** Those whose requester may have one more strict job; others are not bounded by this. */
  private List<Order> withinReplays(List<Order> added, Map<Order, Outcome> decided) {
    List<Order> strict = added.stream().filter(Order::isReplayed).toList();
    int most = arbiter.mostOfOne();
    within(strictJobs, strict, _ -> 1, most, () -> tooManyStrict(most), decided);
    return added.stream().filter(order -> !decided.containsKey(order)).toList();
  }

  private static Problem tooManyStrict(int most) {
    return new Problem(
        ProblemType.TOO_MANY_OPEN_JOBS,
        ("At most %d strict jobs of a requester wait to be answered and replayed. Post more as they"
                + " end, or for 'spot'.")
            .formatted(most));
  }

  private static List<Order> within(
      WalletBounds bounds,
      List<Order> added,
      ToLongFunction<Order> part,
      long most,
      Supplier<Problem> refusal,
      Map<Order, Outcome> decided) {
    if (added.isEmpty()) {
      return added;
    }
    Map<WalletAddress, Long> asked = new HashMap<>();
    for (Order order : added) {
      asked.merge(order.job().requester(), part.applyAsLong(order), Long::sum);
    }
    Map<WalletAddress, Long> room = bounds.room(asked, most);
    List<Order> within = new ArrayList<>();
    for (Order order : added) {
      long wanted = part.applyAsLong(order);
      long left = room.getOrDefault(order.job().requester(), 0L);
      if (wanted <= left) {
        room.put(order.job().requester(), left - wanted);
        within.add(order);
      } else {
        decided.put(order, new Outcome.Refused(refusal.get()));
      }
    }
    return within;
  }

  private static Problem tooManyOpen(int most) {
    return new Problem(
        ProblemType.TOO_MANY_OPEN_JOBS,
        ("A requester has at most %d jobs that have not ended. Post more as they end; cancel those"
                + " that are not wanted any more.")
            .formatted(most));
  }

  private Problem tooMuchKept(DataSize most) {
    return new Problem(
        ProblemType.TOO_MUCH_KEPT,
        ("At most %d bytes of a requester's inputs are kept at a time, each until %s after its"
             + " job's deadline. Post again as they go, or post less; what is cancelled goes after"
             + " %s.")
            .formatted(most.toBytes(), settings.retention(), settings.released()));
  }

  /** Those whose key may spend so much; the others are refused. */
  private List<Order> withinBudgets(
      List<Order> added, Asked asked, Map<Order, Outcome> decided, OneTrip trip) {
    List<Order> byKey =
        added.stream().filter(order -> order.posted().job().apiKey().isPresent()).toList();
    List<SpendResult> results =
        budgets.spend(byKey.stream().map(PostJob::spend).toList(), asked.keys, trip);
    for (int i = 0; i < byKey.size(); i++) {
      if (results.get(i) instanceof SpendResult.Exhausted(TokenAmount left)) {
        TokenAmount wanted = byKey.get(i).held();
        decided.put(byKey.get(i), new Outcome.Refused(KeyBudgets.exhausted(wanted, left)));
      }
    }
    return added.stream().filter(order -> !decided.containsKey(order)).toList();
  }

  private static KeySpend spend(Order order) {
    Job job = order.posted().job();
    return new KeySpend(job.apiKey().orElseThrow(), order.held());
  }

  private void reserve(List<Order> added, Asked asked, Map<Order, Outcome> decided, OneTrip trip) {
    if (added.isEmpty()) {
      return;
    }
    // Transfers name jobs, so that all of them are there before it is known who may pay.
    added.stream()
        .filter(order -> !order.others().isEmpty())
        .forEach(order -> jobs.insert(order.others(), trip));
    List<ReserveResult> results =
        ledger.reserve(
            added.stream()
                .map(order ->
                    new Reservation(
                        order.voices().stream().map(voice -> voice.id().uuid()).toList(),
                        order.job().requester(),
                        order.job().maxPrice()))
                .toList(),
            asked.purses,
            trip);
    List<Order> opened = new ArrayList<>();
    List<KeySpend> back = new ArrayList<>();
    for (int i = 0; i < added.size(); i++) {
      Order order = added.get(i);
      Job job = order.posted().job();
      switch (results.get(i)) {
        case ReserveResult.Reserved() -> {
          opened.add(order);
          quorums.open(job.checking().verification(), order.of(), ids(order.voices()), trip);
        }
        case ReserveResult.Insufficient(TokenAmount available) -> {
          job.apiKey().ifPresent(_ -> back.add(spend(order)));
          decided.put(order, new Outcome.Refused(insufficient(order.held(), available)));
        }
      }
    }
    if (!back.isEmpty()) {
      budgets.giveBack(back, trip);
    }
    if (!opened.isEmpty()) {
      blobs.keepInputs(opened.stream().map(Order::kept).toList(), trip);
      jobs.open(
          opened.stream().flatMap(order -> order.voices().stream()).toList(), replica.id(), trip);
      Set<JobId> leased = asked.leases.give(offered(opened), trip);
      opened.forEach(order -> decided.put(order, new Outcome.New(order.voices(), leased)));
    }
  }

  private static List<NewJob> offered(List<Order> opened) {
    return opened.stream()
        .filter(Order::isOffered)
        .flatMap(order -> order.voices().stream().map(voice -> new NewJob(voice, order.input())))
        .toList();
  }

  private static List<JobId> ids(List<Job> voices) {
    return voices.stream().map(Job::id).toList();
  }

  private static Problem insufficient(TokenAmount held, TokenAmount available) {
    return new Problem(
        ProblemType.INSUFFICIENT_FUNDS,
        "%s would be held for this job, and %s is available. Deposit, raise the ceiling, or ask for less."
            .formatted(held, available));
  }

  /** The same post again is the same answer; another under the same name is a mistake. */
  private Outcome known(Posted again, Map<Order, Outcome> decided) {
    try {
      return named(again, decided);
    } catch (DataAccessException e) { // the others of its group are committed
      return new Outcome.Refused(
          new Problem(
              ProblemType.UNAVAILABLE,
              "What this names cannot be read now. Try again in a second."));
    }
  }

  private Outcome named(Posted again, Map<Order, Outcome> decided) {
    return jobs.findPosted(again.job().requester(), again.job().id(), again.requestKey())
        .<Outcome>map(known ->
            known.requestDigest().equals(again.requestDigest())
                ? new Outcome.Known(known.job())
                : new Outcome.Refused(somethingElse(known.job())))
        // Or both came together, and the first was refused.
        .or(() ->
            decided.entrySet().stream()
                .filter(other -> other.getKey().posted().isSamePostAs(again))
                .map(Map.Entry::getValue)
                .findFirst())
        // Somebody else's: to this caller it must look like any id that cannot be taken.
        .orElseGet(() ->
            new Outcome.Refused(
                new Problem(
                    ProblemType.IDEMPOTENCY_CONFLICT,
                    "This id cannot be taken. Make another, a UUIDv7.")));
  }

  private static Problem somethingElse(Job known) {
    return new Problem(
        ProblemType.IDEMPOTENCY_CONFLICT,
        "This id or Idempotency-Key names %s, which asked for something else."
            .formatted(known.id()));
  }

  /** After the web server, before the connections to the database. */
  @Override
  public void destroy() {
    orders.close();
  }
}
