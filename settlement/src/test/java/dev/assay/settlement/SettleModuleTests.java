package dev.assay.settlement;

import static dev.assay.settlement.TestMarket.dollars;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.assay.determinism.Ids;
import dev.assay.messaging.EventSender;
import dev.assay.protocol.AccountId;
import dev.assay.protocol.Digest;
import dev.assay.protocol.EpochSeal;
import dev.assay.protocol.EventId;
import dev.assay.protocol.LocalSigner;
import dev.assay.protocol.MerkleTree;
import dev.assay.protocol.SealLeaf;
import dev.assay.protocol.SealedLeaf;
import dev.assay.protocol.SignedAttestation;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.admin.CaseBundle;
import dev.assay.protocol.admin.FundersReport;
import dev.assay.protocol.admin.PaymentsReport;
import dev.assay.protocol.chain.CaseState;
import dev.assay.protocol.event.CaseChanged;
import dev.assay.protocol.event.ContradictionFound;
import dev.assay.protocol.event.EpochClosed;
import dev.assay.protocol.event.EpochDrawn;
import dev.assay.protocol.event.EpochSealed;
import dev.assay.protocol.event.HarmFound;
import dev.assay.protocol.event.JobCleared;
import dev.assay.protocol.event.JobSettled;
import dev.assay.protocol.event.PaymentsSwitched;
import dev.assay.protocol.event.PurseChanged;
import dev.assay.protocol.event.SessionKeyChanged;
import dev.assay.protocol.event.StakeChanged;
import dev.assay.settlement.platform.Halts;
import io.opentelemetry.api.common.AttributeKey;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.kafka.autoconfigure.KafkaConnectionDetails;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.web.client.HttpClientErrorException;
import org.springframework.web.client.RestClient;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Deposits, stakes, seals, draws, payments and cases, from Kafka to the chain and back. */
@SettlementModuleTest
class SettleModuleTests {
  private static final String TRACE = "9d1f3c5a7b2e4d6f8091a2b3c4d5e6f7";

  private final TestMarket market;
  private final EventSender events;
  private final KafkaConnectionDetails broker;
  private final JsonMapper json;
  private final JdbcClient jdbc;
  private final Halts halts;
  private final RecordedSpans spans;
  private final Ids ids = new Ids(Clock.systemUTC(), new java.security.SecureRandom());

  SettleModuleTests(
      @Autowired TestMarket market,
      @Autowired EventSender events,
      @Autowired KafkaConnectionDetails broker,
      @Autowired JsonMapper json,
      @Autowired JdbcClient jdbc,
      @Autowired Halts halts,
      @Autowired RecordedSpans spans) {
    this.market = market;
    this.events = events;
    this.broker = broker;
    this.json = json;
    this.jdbc = jdbc;
    this.halts = halts;
    this.spans = spans;
  }

  private <E> Heard<E> heard(String topic, Class<E> type) {
    return new Heard<>(broker.getBootstrapServers(), topic, type, json);
  }

  private void block() {
    market.chain.mine(1);
  }

  private void say(String topic, String key, Object event) {
    events.send(topic, key, "", event);
  }

  private EventId id() {
    return new EventId(ids.next());
  }

  @Test
  void a_deposit_counts_when_it_is_final_and_an_announced_exit_at_once() {
    var requester = market.person();
    try (var purses = heard(PurseChanged.TOPIC, PurseChanged.class)) {
      AccountId account = requester.deposit(dollars(100));
      PurseChanged funded =
          purses.first(
              p -> p.owner().equals(requester.address()) && !p.authorized().isZero(), this::block);
      assertThat(funded.balance()).isEqualTo(dollars(100));
      assertThat(funded.authorized()).isEqualTo(dollars(100));
      assertThat(funded.spent()).isEqualTo(TokenAmount.ZERO);

      requester.sender.send(market.escrow.announceExit(account, dollars(60)));

      PurseChanged leaving =
          purses.first(
              p -> p.owner().equals(requester.address()) && !p.leaving().isZero(), () -> {});
      assertThat(leaving.leaving()).isEqualTo(dollars(60));
      assertThat(leaving.blockNumber()).isGreaterThan(market.client.finalizedBlock().number());
      PurseChanged again =
          purses.first(
              p ->
                  p.owner().equals(requester.address())
                      && !p.leaving().isZero()
                      && p.blockNumber() >= leaving.blockNumber()
                      && p.logIndex() > leaving.logIndex(),
              this::block);
      assertThat(again.balance()).isEqualTo(dollars(100));
    }
  }

  @Test
  void accounts_that_change_hands_in_a_ring_are_followed() {
    var first = market.person();
    var second = market.person();
    var third = market.person();
    AccountId one = first.deposit(dollars(1));
    AccountId two = second.deposit(dollars(2));
    try (var purses = heard(PurseChanged.TOPIC, PurseChanged.class)) {
      purses.first(p -> p.owner().equals(second.address()), this::block);

      first.sender.send(market.escrow.announceExit(one, dollars(1)));
      second.sender.send(market.escrow.offerAccount(two, third.address()));
      third.sender.send(market.escrow.acceptAccount(two));
      first.sender.send(market.escrow.offerAccount(one, second.address()));
      second.sender.send(market.escrow.acceptAccount(one));

      purses.first(
          p -> p.owner().equals(third.address()) && p.balance().equals(dollars(2)), this::block);
      purses.first(
          p -> p.owner().equals(second.address()) && p.balance().equals(dollars(1)), this::block);
    }
  }

  /** Two purses and a bond, paid by somebody else. */
  @Test
  void who_paid_for_several_others_is_shown() {
    var payer = market.person();
    var first = market.person();
    var second = market.person();
    payer.sender.send(market.token.mint(payer.address(), dollars(30)));
    payer.sender.send(market.token.approve(market.market.escrow(), dollars(20)));
    payer.sender.send(market.token.approve(market.market.stake(), dollars(10)));
    payer.sender.send(market.escrow.deposit(first.address(), dollars(20)).call());
    payer.sender.send(market.stake.bond(second.address(), dollars(10)));
    until(() ->
        json.treeToValue(get("/api/funders"), FundersReport.class).funders().stream()
            .anyMatch(funder ->
                funder.payer().equals(payer.address())
                    && funder.others() == 2
                    && funder.parties().stream()
                        .map(FundersReport.Party::wallet)
                        .toList()
                        .containsAll(List.of(first.address(), second.address()))));
  }

  @Test
  void stake_and_session_keys_are_told() {
    var worker = market.person();
    try (var stakes = heard(StakeChanged.TOPIC, StakeChanged.class);
        var keys = heard(SessionKeyChanged.TOPIC, SessionKeyChanged.class)) {
      LocalSigner key = worker.bond(dollars(500));
      StakeChanged bonded = stakes.first(s -> s.worker().equals(worker.address()), this::block);
      assertThat(bonded.bonded()).isEqualTo(dollars(500));
      SessionKeyChanged bound = keys.first(k -> k.key().equals(key.address()), this::block);
      assertThat(bound.worker()).isEqualTo(worker.address());
      assertThat(bound.deadAt()).isEmpty();

      worker.sender.send(market.stake.unbond(dollars(200)));
      worker.sender.send(market.stake.revokeKey(key.address()));

      assertThat(
              stakes
                  .first(
                      s -> s.worker().equals(worker.address()) && !s.thawing().isZero(), () -> {})
                  .thawing())
          .isEqualTo(dollars(200));
      assertThat(
              keys.first(k -> k.key().equals(key.address()) && k.deadAt().isPresent(), () -> {})
                  .worker())
          .isEqualTo(worker.address());
    }
  }

  @Test
  void an_epoch_is_sealed_drawn_and_its_jobs_are_paid_once_and_provably() throws Exception {
    var requester = market.person();
    var honest = market.person();
    var cheat = market.person();
    LocalSigner honestKey = honest.bond(dollars(500));
    LocalSigner cheatKey = cheat.bond(dollars(500));
    AccountId purse = requester.deposit(dollars(100));
    long epoch = market.client.read(market.court.latestEpoch()) + 1;
    Digest prevRoot = market.client.read(market.court.latestRoot());
    List<SignedAttestation> results = new ArrayList<>();
    List<SealLeaf> leaves = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      var result = market.result(requester, honest, honestKey, epoch, "answer " + i);
      results.add(result);
      leaves.add(market.leaf(result, requester, dollars(2)));
    }
    var bad = market.result(requester, cheat, cheatKey, epoch, "yes");
    leaves.add(market.leaf(bad, requester, dollars(3)));
    MerkleTree tree = MerkleTree.of(leaves.stream().map(SealLeaf::hash).toList());
    TokenAmount total = dollars(13);

    try (var seals = heard(EpochSealed.TOPIC, EpochSealed.class);
        var draws = heard(EpochDrawn.TOPIC, EpochDrawn.class);
        var settled = heard(JobSettled.TOPIC, JobSettled.class);
        var purses = heard(PurseChanged.TOPIC, PurseChanged.class);
        var switched = heard(PaymentsSwitched.BY_SETTLEMENT, PaymentsSwitched.class);
        var cases = heard(CaseChanged.TOPIC, CaseChanged.class)) {
      say(
          EpochClosed.TOPIC,
          "" + epoch,
          new EpochClosed(
              id(),
              Instant.EPOCH,
              epoch,
              tree.root(),
              prevRoot,
              leaves.size(),
              total,
              Digest.ZERO,
              Digest.ZERO,
              0,
              ""));
      EpochSealed sealed = seals.first(s -> s.epochSeal().epoch() == epoch, this::block);
      assertThat(sealed.epochSeal().root()).isEqualTo(tree.root());
      assertThat(market.client.read(market.court.epochOf(epoch)).seal())
          .isEqualTo(sealed.epochSeal().structHash());
      EpochDrawn drawn = draws.first(d -> d.epoch() == epoch, this::block);
      assertThat(drawn.beacon())
          .isEqualTo(
              dev.assay.protocol.Beacon.of(drawn.preimage(), drawn.blockHash(), tree.root()));

      pause(true);
      marketPauses(1, true);
      marketPauses(1, true); // comes twice
      until(() ->
          reserves()
              .path("halts")
              .path("payments")
              .asString("")
              .equals("payments are paused: a drill; the market's drill"));
      for (int i = 0; i < results.size(); i++) {
        var subject =
            new SealedLeaf(sealed.epochSeal(), leaves.get(i), tree.proof(leaves.get(i).hash()));
        var cleared =
            new JobCleared(
                id(),
                Instant.EPOCH,
                results.get(i),
                subject,
                TokenAmount.of(1_900_000),
                "00-%s-00f067aa0ba902b7-01".formatted(TRACE));
        String key = results.get(i).attestation().jobId().toString();
        say(JobCleared.TOPIC, key, cleared);
        say(JobCleared.TOPIC, key, cleared);
      }
      until(() -> count("select count(*) from cleared_job where told_at is null") >= 5);
      pause(false);
      until(() ->
          reserves()
              .path("halts")
              .path("payments")
              .asString("")
              .equals("payments are paused: the market's drill"));
      assertThat(switched.first(PaymentsSwitched::isStopped, () -> {}).by()).isEqualTo("a test");
      assertThat(switched.first(it -> !it.isStopped(), () -> {}).reason()).isEqualTo("a drill");
      long batches = count("select count(*) from batch");
      // Longer than a batch waits otherwise.
      await()
          .during(Duration.ofSeconds(1))
          .until(() -> count("select count(*) from batch") == batches);
      assertThat(market.client.read(market.escrow.purse(purse)).spent())
          .isEqualTo(TokenAmount.ZERO);
      marketPauses(2, false);

      settled.until(() -> ofThis(settled.all(), requester) >= results.size(), this::block);

      var paid =
          settled.all().stream().filter(s -> s.requester().equals(requester.address())).toList();
      assertThat(paid.stream().map(s -> s.leaf().jobId()).distinct()).hasSize(results.size());
      assertThat(paid)
          .allSatisfy(s -> {
            assertThat(s.proof().proves(s.leaf().hash(), s.root())).isTrue();
            assertThat(s.worker()).isEqualTo(honest.address());
          });
      theTraceOfEachLeadsToItsTransaction(paid);
      var spent =
          purses.first(
              p -> p.owner().equals(requester.address()) && p.spent().equals(dollars(10)),
              this::block);
      assertThat(spent.balance()).isEqualTo(dollars(90));
      assertThat(market.client.read(market.escrow.purse(purse)).spent()).isEqualTo(dollars(10));
      // Nobody asked for it: earnings are paid out.
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> {
            block();
            return honest.balance().equals(TokenAmount.of(9_500_000));
          });

      forgedClaimsMoveNothing(requester, honest, cheatKey, results, sealed, leaves, tree);
      assertThat(market.client.read(market.escrow.purse(purse)).spent()).isEqualTo(dollars(10));

      contradictionIsPunished(
          requester, cheat, cheatKey, bad, sealed, leaves.getLast(), tree, cases, purses);
    }
    PaymentsReport payments = json.treeToValue(get("/api/payments"), PaymentsReport.class);
    assertThat(payments.waitingJobs()).isZero();
    assertThat(payments.batches()).isNotEmpty().allMatch(batch -> batch.state().equals("SETTLED"));
    assertThat(payments.batches().getFirst().transaction()).isNotNull();
    assertThat(Objects.requireNonNull(payments.reserves()).drift()).isEmpty();
    CaseBundle bundle =
        json.treeToValue(
            get(
                "/api/cases/"
                    + jdbc.sql("select id from court_case where accused = :cheat")
                        .param("cheat", cheat.address().hex())
                        .query(String.class)
                        .single()),
            CaseBundle.class);
    assertThat(Objects.requireNonNull(bundle.evidence()).size()).isGreaterThan(500);
    assertThat(bundle.errands()).anyMatch(errand -> errand.state().equals("FINAL"));
    assertThat(bundle.errands().getFirst().attempts()).isNotEmpty();
    JsonNode reserves = reserves();
    assertThat(reserves.path("drift").isEmpty()).isTrue();
    assertThat(reserves.path("held").asString()).isNotEqualTo("0");
    assertThat(halts.reasons()).isEmpty();
  }

  /** And back: the trace in which the batch was made and sent links to those of its jobs. */
  private void theTraceOfEachLeadsToItsTransaction(List<JobSettled> paid) {
    var transaction = AttributeKey.stringKey("transaction");
    assertThat(paid).allSatisfy(s -> assertThat(s.traceparent()).startsWith("00-" + TRACE + "-"));
    until(() -> spans.of(TRACE, "settle job").size() >= paid.size());
    assertThat(spans.of(TRACE, "settle job"))
        .hasSize(paid.size())
        .allSatisfy(settling -> {
          String sent = settling.getAttributes().get(transaction);
          assertThat(paid).anyMatch(s -> s.transaction().toString().equals(sent));
          String batch = settling.getLinks().getFirst().getSpanContext().getTraceId();
          assertThat(batch).isNotEqualTo(TRACE);
          assertThat(spans.of(batch, "close batch"))
              .singleElement()
              .satisfies(closing ->
                  assertThat(closing.getLinks())
                      .extracting(link -> link.getSpanContext().getTraceId())
                      .contains(TRACE));
          assertThat(spans.of(batch, "send transaction"))
              .anySatisfy(
                  sending -> assertThat(sending.getAttributes().get(transaction)).isEqualTo(sent));
        });
  }

  /** As an operator does. */
  private void pause(boolean paused) {
    jdbc.sql("insert into pause (paused, reason, by) values (:paused, 'a drill', 'a test')")
        .param("paused", paused)
        .update();
  }

  /** As the market tells that its operators did. */
  private void marketPauses(long number, boolean isStopped) throws Exception {
    say(
        PaymentsSwitched.BY_MARKET,
        "payments",
        new PaymentsSwitched(
            id(),
            Instant.EPOCH.plusSeconds(number),
            number,
            isStopped,
            "the market's drill",
            "ada",
            ""));
  }

  private long count(String sql) {
    return jdbc.sql(sql).query(Long.class).single();
  }

  private void until(BooleanSupplier so) {
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> {
          block();
          return so.getAsBoolean();
        });
  }

  /** Whoever has Kafka can say anything, and nothing of it is paid. */
  private void forgedClaimsMoveNothing(
      TestMarket.Person requester,
      TestMarket.Person honest,
      LocalSigner stranger,
      List<SignedAttestation> results,
      EpochSealed sealed,
      List<SealLeaf> leaves,
      MerkleTree tree)
      throws Exception {
    long epoch = sealed.epochSeal().epoch();
    SealLeaf leaf = leaves.getFirst();
    var subject = new SealedLeaf(sealed.epochSeal(), leaf, tree.proof(leaf.hash()));
    var other = leaves.get(1);
    var unsealed = market.result(requester, honest, stranger, epoch, "never sealed");
    SealLeaf unsealedLeaf = market.leaf(unsealed, requester, dollars(2));
    SealLeaf dearer = market.leaf(results.getFirst(), requester, dollars(50));
    var byStranger =
        new SignedAttestation(
            results.getFirst().attestation(),
            stranger.sign(results.getFirst().attestation(), market.market.courtDomain()));
    var elsewhere = market.result(requester, honest, stranger, epoch + 1_000, "no such epoch");
    TokenAmount most = dollars(2);
    List<JobCleared> forged =
        List.of(
            forged(byStranger, subject, most),
            forged(results.get(1), subject, most),
            forged(results.getFirst(), subject, dollars(3)),
            forged(results.getFirst(), subject, dollars(1)),
            forged(
                results.getFirst(),
                new SealedLeaf(sealed.epochSeal(), leaf, tree.proof(other.hash())),
                most),
            forged(
                results.getFirst(),
                new SealedLeaf(sealed.epochSeal(), dearer, tree.proof(leaf.hash())),
                dollars(50)),
            forged(
                unsealed,
                new SealedLeaf(
                    withRoot(sealed, MerkleTree.of(List.of(unsealedLeaf.hash())).root()),
                    unsealedLeaf,
                    MerkleTree.of(List.of(unsealedLeaf.hash())).proof(unsealedLeaf.hash())),
                most),
            forged(elsewhere, subject, most));
    long jobs = count("select count(*) from cleared_job");
    for (JobCleared event : forged) {
      say(JobCleared.TOPIC, event.id().toString(), event);
    }
    try (var dead = heard(JobCleared.TOPIC + ".dlt", JobCleared.class)) {
      dead.until(() -> dead.all().containsAll(forged), () -> {});
    }
    assertThat(count("select count(*) from cleared_job")).isEqualTo(jobs);
  }

  private JobCleared forged(SignedAttestation result, SealedLeaf subject, TokenAmount earned) {
    return new JobCleared(id(), Instant.EPOCH, result, subject, earned, "");
  }

  private static EpochSeal withRoot(EpochSealed sealed, Digest root) {
    EpochSeal seal = sealed.epochSeal();
    return new EpochSeal(
        seal.epoch(),
        root,
        seal.prevRoot(),
        seal.count(),
        seal.totalPrice(),
        seal.canaryRoot(),
        seal.verifierSetRoot(),
        seal.verifierCount(),
        seal.beaconCommitment());
  }

  private static long ofThis(List<JobSettled> settled, TestMarket.Person requester) {
    return settled.stream()
        .filter(s -> s.requester().equals(requester.address()))
        .map(s -> s.leaf().jobId())
        .distinct()
        .count();
  }

  private void contradictionIsPunished(
      TestMarket.Person requester,
      TestMarket.Person cheat,
      LocalSigner cheatKey,
      SignedAttestation bad,
      EpochSealed sealed,
      SealLeaf leaf,
      MerkleTree tree,
      Heard<CaseChanged> cases,
      Heard<PurseChanged> purses)
      throws Exception {
    var contrary =
        market.result(bad.attestation().jobId(), cheat, cheatKey, bad.attestation().epoch(), "no");
    say(
        ContradictionFound.TOPIC,
        cheat.address().hex(),
        new ContradictionFound(id(), Instant.EPOCH, bad, contrary, ""));
    CaseChanged held =
        cases.first(
            c -> c.accused().equals(cheat.address()) && c.state() == CaseState.HELD, this::block);
    assertThat(held.taken()).isEqualTo(dollars(500));
    say(
        HarmFound.TOPIC,
        held.caseId().toString(),
        new HarmFound(
            id(),
            Instant.EPOCH,
            held.caseId(),
            bad,
            new SealedLeaf(sealed.epochSeal(), leaf, tree.proof(leaf.hash())),
            ""));
    CaseChanged closed =
        cases.first(
            c -> c.caseId().equals(held.caseId()) && c.state() == CaseState.CLOSED, this::block);
    assertThat(closed.harmed()).contains(requester.address());
    assertThat(closed.compensation()).isEqualTo(dollars(6));
    // Into the purse, from which ten were spent, without a transaction of the requester's.
    purses.first(
        p -> p.owner().equals(requester.address()) && p.balance().equals(dollars(96)), this::block);
    assertThat(requester.balance()).isEqualTo(TokenAmount.ZERO);
  }

  @Test
  void who_gives_its_account_away_pays_from_it_what_it_has_asked_for() {
    var first = market.person();
    var second = market.person();
    var worker = market.person();
    LocalSigner key = worker.bond(dollars(500));
    AccountId account = first.deposit(dollars(10));
    long epoch = market.client.read(market.court.latestEpoch()) + 1;
    var result = market.result(first, worker, key, epoch, "an answer");
    SealLeaf leaf = market.leaf(result, first, dollars(4));
    MerkleTree tree = MerkleTree.of(List.of(leaf.hash()));
    try (var seals = heard(EpochSealed.TOPIC, EpochSealed.class);
        var settled = heard(JobSettled.TOPIC, JobSettled.class);
        var purses = heard(PurseChanged.TOPIC, PurseChanged.class)) {
      say(
          EpochClosed.TOPIC,
          "" + epoch,
          new EpochClosed(
              id(),
              Instant.EPOCH,
              epoch,
              tree.root(),
              market.client.read(market.court.latestRoot()),
              1,
              dollars(4),
              Digest.ZERO,
              Digest.ZERO,
              0,
              ""));
      EpochSealed sealed = seals.first(s -> s.epochSeal().epoch() == epoch, this::block);

      first.sender.send(market.escrow.offerAccount(account, second.address()));
      second.sender.send(market.escrow.acceptAccount(account));
      PurseChanged given = purses.first(p -> p.owner().equals(second.address()), this::block);
      assertThat(given.leaving()).as("none of it may be spent").isEqualTo(dollars(10));
      say(
          JobCleared.TOPIC,
          "" + epoch,
          new JobCleared(
              id(),
              Instant.EPOCH,
              result,
              new SealedLeaf(sealed.epochSeal(), leaf, tree.proof(leaf.hash())),
              dollars(4),
              ""));

      JobSettled paid = settled.first(s -> s.requester().equals(first.address()), this::block);
      assertThat(paid.leaf().requester()).isEqualTo(account);
      purses.first(
          p ->
              p.owner().equals(first.address())
                  && p.balance().isZero()
                  && p.blockNumber() >= paid.blockNumber(),
          this::block);
      market.chain.pass(market.terms.exitDelay().plus(Duration.ofSeconds(1)));
      PurseChanged free =
          purses.first(
              p -> p.owner().equals(second.address()) && p.leaving().isZero(), this::block);
      assertThat(free.balance()).isEqualTo(dollars(6));
    }
  }

  @Test
  void the_ledger_is_shown_line_by_line_as_of_one_block() {
    var requester = market.person();
    var worker = market.person();
    AccountId account = requester.deposit(dollars(7));
    worker.bond(dollars(500));
    await()
        .atMost(Duration.ofSeconds(40))
        .until(() -> {
          block();
          return line("/accounts?after=" + (account.number() - 1), "owner", requester).isPresent()
              && line("/bonds", "worker", worker).isPresent();
        });

    JsonNode purse =
        line("/accounts?after=" + (account.number() - 1), "owner", requester).orElseThrow();
    assertThat(purse.path("balance").asString()).isEqualTo("7000000");
    assertThat(purse.path("authorized").asString()).isEqualTo("7000000");
    assertThat(purse.path("id").asLong()).isEqualTo(account.number());
    assertThat(line("/bonds", "worker", worker).orElseThrow().path("bonded").asString())
        .isEqualTo("500000000");
    assertThat(get("/api/proof-of-reserves/accounts").path("lines").path(0).path("id").asLong())
        .as("the treasury")
        .isZero();
    long block = get("/api/proof-of-reserves/accounts").path("block").asLong();
    assertThat(get("/api/proof-of-reserves/accounts").path("blockHash").asString())
        .isEqualTo(market.client.blockAt(block).hash());
    assertThat(get("/api/proof-of-reserves/accounts?after=4294967295").path("lines").isEmpty())
        .isTrue();
    for (String wrong : List.of("/accounts?after=-1", "/accounts?after=x", "/bonds?after=0x1")) {
      assertThatThrownBy(() -> get("/api/proof-of-reserves" + wrong))
          .isInstanceOf(HttpClientErrorException.BadRequest.class);
    }
  }

  private Optional<JsonNode> line(String page, String member, TestMarket.Person person) {
    return get("/api/proof-of-reserves" + page)
        .path("lines")
        .valueStream()
        .filter(line -> line.path(member).asString().equals(person.address().hex()))
        .findFirst();
  }

  private JsonNode reserves() {
    return get("/api/proof-of-reserves");
  }

  private JsonNode get(String path) {
    return json.readTree(
        RestClient.create("http://localhost:" + port)
            .get()
            .uri(path)
            .retrieve()
            .body(byte[].class));
  }

  private int port;

  @Autowired
  void port(@LocalServerPort int port) {
    this.port = port;
  }
}
