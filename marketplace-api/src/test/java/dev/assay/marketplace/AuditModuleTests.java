package dev.assay.marketplace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.assay.marketplace.audit.TestCourt;
import dev.assay.protocol.Beacon;
import dev.assay.protocol.Digest;
import dev.assay.protocol.JobId;
import dev.assay.protocol.Offence;
import dev.assay.protocol.Outcome;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.Verdict;
import dev.assay.protocol.VerdictEvidence;
import dev.assay.protocol.Vote;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.audit.Judge;
import dev.assay.protocol.content.EmbeddingsInput;
import dev.assay.protocol.content.KnownModels;
import dev.assay.protocol.content.ProfileClass;
import dev.assay.protocol.event.ContradictionFound;
import dev.assay.protocol.event.EpochDrawn;
import dev.assay.protocol.event.HarmFound;
import dev.assay.protocol.event.JobCleared;
import dev.assay.protocol.event.VerdictReached;
import dev.assay.protocol.receipt.CheckReceipt;
import dev.assay.protocol.receipt.JobReceipt;
import dev.assay.protocol.receipt.ReceiptStatus;
import dev.assay.protocol.wire.HandBack;
import dev.assay.protocol.wire.Lease;
import dev.assay.protocol.wire.VerdictRequests;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Drawn results are executed again by others, who do not know it, and judged. */
@MarketModuleTest
@Timeout(240)
class AuditModuleTests {
  /**
   * Seven seats are drawn with replacement: of so many verifiers, five others are hardly ever
   * missing.
   */
  private static final int ENOUGH = 40;

  private static final String KEY =
      """
      {"name":"with a budget","scopes":["jobs:read","jobs:write"],"budget":"1000000"}\
      """;

  private static final float HONEST = 1;
  private static final float CHEAT = 2;

  private final TestMarket market;
  private final TestCourt court;
  private final JdbcClient jdbc;
  private final JsonMapper json;

  private TestRequester requester;

  AuditModuleTests(
      @Autowired TestMarket market,
      @Autowired TestCourt court,
      @Autowired JdbcClient jdbc,
      @Autowired JsonMapper json) {
    this.market = market;
    this.court = court;
    this.jdbc = jdbc;
    this.json = json;
  }

  @BeforeEach
  void parties() {
    market.opens();
    requester = market.requester(1_000_000_000);
  }

  @AfterEach
  void leave() {
    market.closes();
  }

  private String posted(TestWorker to, String text) {
    return posted("all-minilm-l6-v2", to, text);
  }

  private String posted(String model, TestWorker to, String text) {
    return requester.posts(
        """
        {"model":"%s","input":{"kind":"embeddings","texts":["%s"]},"provider":{"only":["%s"]}}\
        """
            .formatted(model, text, to.address()));
  }

  /** A job of this worker, sealed and drawn. */
  private String drawn(TestWorker worker, float answer) {
    return drawn("all-minilm-l6-v2", worker, answer);
  }

  private String drawn(String model, TestWorker worker, float answer) {
    String job = posted(model, worker, "look at " + worker.address());
    Lease lease = worker.leases();
    worker.sends(worker.result(lease, TestWorker.vectors(lease.input(), answer)));
    long epoch = court.closes();
    assertThat(court.seals(epoch)).isTrue();
    court.draws();
    return job;
  }

  /** Lets workers do what they are given, until the check of a job is over; how it ended. */
  private String checked(String job, List<TestWorker> working, Behaviour behaviour) {
    await()
        .atMost(Duration.ofSeconds(120))
        .pollInterval(Duration.ofMillis(50))
        .until(() -> {
          for (TestWorker worker : working) {
            for (Lease lease : worker.asks(16, "0s").leases()) {
              behaviour.on(worker, lease);
            }
            worker.votes();
          }
          return !get("/api/jobs/" + job + "/draw-proof").path("check").isMissingNode();
        });
    return get("/api/jobs/" + job + "/draw-proof").path("check").path("reason").stringValue();
  }

  private interface Behaviour {
    void on(TestWorker worker, Lease lease);
  }

  private static void honest(TestWorker worker, Lease lease) {
    worker.sends(worker.result(lease, TestWorker.vectors(lease.input(), HONEST)));
  }

  private JsonNode get(String path) {
    return requester.sees(path);
  }

  /** Its receipt is as far as it can be without a chain, and whatever is in it holds. */
  private void assertThatItsReceiptHolds(String job, ReceiptStatus status, int witnesses) {
    JobReceipt receipt = requester.receipt(job);
    assertThat(receipt.status()).isEqualTo(status);
    assertThat(Objects.requireNonNull(receipt.check()).witnesses())
        .hasSizeGreaterThanOrEqualTo(witnesses);
    assertThat(CheckReceipt.offline(receipt))
        .filteredOn(step -> !step.name().equals("status") || status == ReceiptStatus.REJECTED)
        .allSatisfy(step -> assertThat(step.holds()).as(step.toString()).isTrue());
  }

  private long passes(TestWorker worker) {
    return jdbc.sql("select coalesce(sum(passes), 0) from standing where worker = :worker")
        .param("worker", worker.address().hex())
        .query(Long.class)
        .single();
  }

  @Test
  void an_honest_result_is_executed_by_another_passed_and_paid_and_so_is_the_verifier() {
    List<TestWorker> all = market.verifiers(3);
    TestWorker worker = all.getFirst();
    String job = drawn(worker, HONEST);
    Map<String, Lease> given = new ConcurrentHashMap<>();

    String reason =
        checked(
            job,
            all,
            (verifier, lease) -> {
              given.put(verifier.address().hex(), lease);
              honest(verifier, lease);
            });

    assertThat(reason).isEqualTo("passed");
    assertThatItsReceiptHolds(job, ReceiptStatus.AWAITING_SETTLEMENT, 1);
    assertThat(given).hasSize(1).doesNotContainKey(worker.address().hex());
    assertThat(passes(worker)).isEqualTo(1);
    assertThat(court.told(JobCleared.class))
        .filteredOn(it -> it.subject().leaf().worker().equals(worker.address()))
        .hasSize(1);
    TestWorker verifier =
        all.stream().filter(it -> given.containsKey(it.address().hex())).findFirst().orElseThrow();
    assertThat(verifier.account().pending()).isEqualTo(TokenAmount.of(3));
  }

  @Test
  void a_cheat_is_flagged_judged_and_becomes_a_case_and_the_requester_has_its_money_back() {
    List<TestWorker> all = market.verifiers(ENOUGH);
    TestWorker cheat = all.getFirst();
    TestRequester owner = requester;
    var key = Http.read(owner.sends("POST", "/api/keys", KEY));
    requester = owner.by(key.path("secret").stringValue());
    String job = drawn(cheat, CHEAT);
    requester = owner;
    assertThat(spent(key)).isEqualTo("3");
    assertThat(requester.unsettled()).isEqualTo("3");
    assertThat(cheat.account().pending()).isEqualTo(TokenAmount.of(3));

    String reason = checked(job, all, AuditModuleTests::honest);

    assertThat(reason).isEqualTo("invalid");
    assertThatItsReceiptHolds(job, ReceiptStatus.REJECTED, 0);
    assertThat(requester.unsettled()).isEqualTo("0");
    assertThat(spent(key)).isEqualTo("0");
    assertThat(get("/api/account").path("available").stringValue()).isEqualTo("1000000000");
    assertThat(cheat.account().pending()).isEqualTo(TokenAmount.ZERO);
    assertThat(court.told(JobCleared.class))
        .noneMatch(it -> it.subject().leaf().worker().equals(cheat.address()));
    List<VerdictReached> verdicts =
        court.told(VerdictReached.class).stream()
            .filter(it -> it.evidence().subject().leaf().worker().equals(cheat.address()))
            .toList();
    assertThat(verdicts).hasSize(1);
    assertThatTheCourtTakes(verdicts.getFirst().evidence());
  }

  private String spent(JsonNode key) {
    return get("/api/keys")
        .path("data")
        .valueStream()
        .filter(one -> one.path("id").equals(key.path("key").path("id")))
        .map(one -> one.path("spent").stringValue())
        .findFirst()
        .orElseThrow();
  }

  /** As Court.verdict looks at it. */
  private void assertThatTheCourtTakes(VerdictEvidence evidence) {
    var seal = evidence.subject().epochSeal();
    var leaf = evidence.subject().leaf();
    assertThat(evidence.subject().proof().proves(leaf.hash(), seal.root())).isTrue();
    var accused = evidence.result().attestation();
    assertThat(leaf.attestation()).isEqualTo(accused.digest(TestWorker.COURT));
    var beacon = new Beacon(court.drawn(seal.epoch()).beacon().value());
    assertThat(beacon.selects(seal.epoch(), leaf.hash(), leaf.auditRateBps())).isTrue();
    assertThat(evidence.votes().size()).isGreaterThanOrEqualTo(5);
    Set<WalletAddress> voters = new HashSet<>();
    String before = "";
    for (Vote vote : evidence.votes()) {
      assertThat(vote.entry().verifier().hex()).isGreaterThan(before);
      before = vote.entry().verifier().hex();
      assertThat(vote.proof().proves(vote.entry().hash(), seal.verifierSetRoot())).isTrue();
      var committee =
          beacon.committee(
              leaf.hash(), evidence.round(), seal.verifierCount(), vote.entry().ofProfile());
      assertThat(committee.seats(vote.entry(), ProfileClass.F32_CPU.digest())).isTrue();
      var verdict =
          new Verdict(
              leaf.attestation(),
              seal.epoch(),
              evidence.round(),
              Outcome.INVALID,
              accused.method(),
              evidence.referenceDigest(),
              evidence.evidenceRoot(),
              vote.entry().verifier(),
              vote.issuedAt());
      assertThat(vote.signature().signerOf(verdict.digest(TestWorker.COURT))).isPresent();
      voters.add(vote.entry().verifier());
    }
    assertThat(voters).hasSize(evidence.votes().size()).doesNotContain(leaf.worker());
  }

  /** Lets verifiers answer until a committee is to sign; those who sit on it, in order. */
  private List<TestWorker> committee(String job, List<TestWorker> all) {
    await()
        .atMost(Duration.ofSeconds(120))
        .pollInterval(Duration.ofMillis(50))
        .until(() -> {
          for (TestWorker worker : all) {
            worker.asks(16, "0s").leases().forEach(lease -> honest(worker, lease));
          }
          return jdbc.sql("select stage = 'verdict' from audit where job = :job")
              .param("job", JobId.parse(job).uuid())
              .query(Boolean.class)
              .single();
        });
    List<String> seated =
        jdbc.sql(
                """
                select s.verifier from audit_seat s join audit a on a.job = s.audit and a.round = s.round
                where a.job = :job and s.finding = 'invalid' order by s.position
                """)
            .param("job", JobId.parse(job).uuid())
            .query((row, _) -> row.getString("verifier"))
            .list();
    return seated.stream()
        .map(verifier ->
            all.stream()
                .filter(it -> it.address().hex().equals(verifier))
                .findFirst()
                .orElseThrow())
        .toList();
  }

  @Test
  void who_signs_a_verdict_without_looking_does_not_count_and_is_not_drawn_any_more() {
    List<TestWorker> all = market.verifiers(ENOUGH);
    String job = drawn(all.getFirst(), CHEAT);
    TestWorker lazy = committee(job, all).getFirst();
    // As if it had answered what the accused did: it is asked all the same.
    jdbc.sql("update audit_seat set finding = 'valid' where audit = :job and verifier = :lazy")
        .param("job", JobId.parse(job).uuid())
        .param("lazy", lazy.address().hex())
        .update();
    assertThat(lazy.asked()).hasSize(1);

    assertThat(lazy.signs(lazy.asked().getFirst())).isEqualTo(400);

    assertThat(
            jdbc.sql(
                    """
                    select count(*) from audit_seat s join verifier_lapse l on l.audit = s.audit and l.verifier = s.verifier
                    where s.audit = :job and s.verifier = :lazy and s.signature is null and l.reason = 'signed-blind'
                      and s.finding = 'valid'
                    """)
                .param("job", JobId.parse(job).uuid())
                .param("lazy", lazy.address().hex())
                .query(Long.class)
                .single())
        .isPositive();
    assertThat(passes(lazy)).isZero();
    String next = drawn(all.get(1), HONEST);
    long epoch = get("/api/jobs/" + next + "/draw-proof").path("epoch").longValue();
    assertThat(get("/api/epochs/" + epoch + "/verifiers?limit=100").toString())
        .contains(
            all.get(2).address().hex().equals(lazy.address().hex())
                ? all.get(3).address().hex()
                : all.get(2).address().hex())
        .doesNotContain(lazy.address().hex());
  }

  @Test
  void who_has_left_is_not_among_those_whose_verdict_goes_to_the_court() {
    assertThatTheVerdictGoesWithout(leaving -> market.stakes(leaving, TokenAmount.ZERO));
  }

  @Test
  void whose_key_has_died_is_not_among_those_whose_verdict_goes_to_the_court() {
    assertThatTheVerdictGoesWithout(market::revokes);
  }

  private void assertThatTheVerdictGoesWithout(Consumer<TestWorker> leaves) {
    List<TestWorker> all = market.verifiers(ENOUGH);
    int draw = 0;
    TestWorker cheat = all.get(draw);
    String job = drawn(cheat, CHEAT);
    List<TestWorker> members = committee(job, all);
    while (members.size() <= Judge.NEEDED) { // one of six committees has no member to spare
      court.clears();
      cheat = all.get(++draw);
      job = drawn(cheat, CHEAT);
      members = committee(job, all);
    }
    TestWorker leaving = members.getFirst();
    for (TestWorker member : members.subList(0, members.size() - 1)) {
      assertThat(member.votes()).isEqualTo(1);
      assertThat(verdicts(cheat)).as("another is waited for").isEmpty();
    }
    leaves.accept(leaving);

    assertThat(members.getLast().votes()).isEqualTo(1);
    assertThat(checked(job, List.of(), AuditModuleTests::honest)).isEqualTo("invalid");

    VerdictEvidence evidence = verdicts(cheat).getFirst().evidence();
    assertThatTheCourtTakes(evidence);
    assertThat(evidence.votes())
        .extracting(vote -> vote.entry().verifier())
        .hasSize(members.size() - 1)
        .doesNotContain(leaving.address());
  }

  @Test
  void a_draw_does_not_use_up_the_time_of_the_next() {
    List<TestWorker> all = market.verifiers(4);
    String job = drawn(all.getFirst(), HONEST);
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() ->
            jdbc.sql(
                    "select exists (select from job j join audit_seat s on s.work = j.id where"
                        + " s.audit = :job)")
                .param("job", JobId.parse(job).uuid())
                .query(Boolean.class)
                .single());
    jdbc.sql("update audit set deadline = now() where job = :job")
        .param("job", JobId.parse(job).uuid())
        .update();
    await().atMost(Duration.ofSeconds(60)).until(() -> draws(job) > 1);

    assertThat(checked(job, all, AuditModuleTests::honest)).isEqualTo("passed");
    assertThat(draws(job)).isEqualTo(2);
  }

  /** Who asks for nothing has half of the stake, and would be the only one to look. */
  @Test
  void what_is_little_is_never_too_much() {
    List<TestWorker> all = market.verifiers(3);
    all.getLast().verifies(0);
    all.get(1).verifies(4_000_000);
    Set<TestWorker> looked = new HashSet<>();
    while (looked.size() < 2) { // the beacon draws them; bounded by the test's time
      court.clears(); // what the verifiers have answered may be drawn too
      jdbc.sql("update standing set passes = 0 where worker = :worker")
          .param("worker", all.getFirst().address().hex())
          .update(); // a newcomer's are drawn all
      String job = drawn(all.getFirst(), HONEST);
      assertThat(
              checked(
                  job,
                  all,
                  (verifier, lease) -> {
                    looked.add(verifier);
                    honest(verifier, lease);
                  }))
          .isEqualTo("passed");
    }
    assertThat(looked).containsExactlyInAnyOrder(all.get(1), all.getLast());
  }

  @Test
  void where_the_purse_is_empty_for_all_of_a_draw_no_other_is_made() {
    List<TestWorker> all = market.verifiers(4);
    market.funds(new WalletAddress(MarketModuleTest.PURSE), 0);
    String job = drawn(all.getFirst(), HONEST);
    await().atMost(Duration.ofSeconds(60)).until(() -> draws(job) == 1);
    jdbc.sql("update audit set deadline = now() where job = :job")
        .param("job", JobId.parse(job).uuid())
        .update();

    assertThat(checked(job, all, AuditModuleTests::honest)).isEqualTo("unchecked");
    assertThat(draws(job)).isEqualTo(1);
  }

  private long draws(String job) {
    return jdbc.sql("select count(distinct round) from audit_seat where audit = :job")
        .param("job", JobId.parse(job).uuid())
        .query(Long.class)
        .single();
  }

  @Test
  void a_verifier_that_asks_for_far_more_than_others_is_not_asked() {
    List<TestWorker> all = market.verifiers(3);
    TestWorker worker = all.getFirst();
    TestWorker greedy = all.getLast().verifies(40_000_000_000L);
    all.get(1).verifies(4_000_000);
    for (int i = 0; i < 5; i++) { // the beacon draws it half of the time
      court.clears();
      String job = drawn(worker, HONEST);
      assertThat(
              checked(
                  job,
                  all,
                  (verifier, lease) -> {
                    assertThat(verifier).isNotSameAs(greedy);
                    honest(verifier, lease);
                  }))
          .isEqualTo("passed");
    }
    assertThat(greedy.account().pending()).isEqualTo(TokenAmount.ZERO);
  }

  @Test
  void what_a_member_has_to_decline_takes_no_place_of_what_it_can_sign() {
    List<TestWorker> all = market.verifiers(ENOUGH);
    TestWorker cheat = all.getFirst();
    String job = drawn(cheat, CHEAT);
    TestWorker member = committee(job, all).getFirst();
    assertThat(court.seals(court.closes())).isTrue();
    // As if it sat on five more committees, which end sooner, and found what each accused did.
    int others =
        jdbc.sql(
                """
                with sealed as (
                  select l.job, l.attempt, l.epoch from sealed_leaf l left join audit a on a.job = l.job
                  where a.job is null order by l.epoch desc limit 5),
                added as (
                  insert into audit (job, attempt, epoch, rank, stage, round, starts_at, deadline, reference)
                  select s.job, s.attempt, s.epoch, 0, 'verdict', 0, now(), a.deadline - interval '1 second', a.reference
                  from sealed s, audit a where a.job = :job returning job)
                insert into audit_seat (audit, round, verifier, position, work, finding)
                select added.job, 0, :member, 0, s.work, 'valid' from added, audit_seat s
                where s.audit = :job and s.verifier = :member and s.finding = 'invalid'
                """)
            .param("job", JobId.parse(job).uuid())
            .param("member", member.address().hex())
            .update();
    assertThat(others).isEqualTo(5);
    court.draws();

    assertThat(member.asked())
        .hasSize(VerdictRequests.MAX_REQUESTS)
        .first()
        .satisfies(request ->
            assertThat(request.accused().attestation().worker()).isEqualTo(cheat.address()));
  }

  @Test
  void one_verifier_that_lies_convicts_nobody() {
    List<TestWorker> all = market.verifiers(ENOUGH);
    TestWorker worker = all.getFirst();
    String job = drawn(worker, HONEST);
    AtomicInteger answers = new AtomicInteger();

    String reason =
        checked(
            job,
            all,
            (verifier, lease) -> {
              float answer = answers.getAndIncrement() == 0 ? CHEAT : HONEST;
              verifier.sends(verifier.result(lease, TestWorker.vectors(lease.input(), answer)));
            });

    assertThat(reason).isEqualTo("upheld");
    assertThatItsReceiptHolds(job, ReceiptStatus.AWAITING_SETTLEMENT, 5);
    assertThat(passes(worker)).isEqualTo(1);
    assertThat(answers.get()).isGreaterThanOrEqualTo(5);
    // Nor does it cost the liar its bond; but a committee contradicts it, and it is not drawn now.
    assertThat(
            jdbc.sql("select reason from verifier_lapse where audit = :job")
                .param("job", JobId.parse(job).uuid())
                .query(String.class)
                .list())
        .containsExactly("contradicted");
  }

  @Test
  void verifiers_that_fail_leave_a_result_unchecked_and_paid_and_nobody_is_blamed() {
    List<TestWorker> all = market.verifiers(4);
    TestWorker worker = all.getFirst();
    String job = drawn(worker, CHEAT);

    String reason =
        checked(job, all, (verifier, lease) -> verifier.givesBack(lease, HandBack.Reason.FAILED));

    assertThat(reason).isEqualTo("unchecked");
    assertThatItsReceiptHolds(job, ReceiptStatus.AWAITING_SETTLEMENT, 0);
    assertThat(passes(worker)).isZero();
    assertThat(court.told(JobCleared.class))
        .anyMatch(it -> it.subject().leaf().worker().equals(worker.address()));
  }

  @Test
  void where_nobody_else_can_execute_it_a_result_is_paid_unchecked() {
    TestWorker alone = market.verifiers(1).getFirst();
    assertThat(checked(drawn(alone, HONEST), List.of(), AuditModuleTests::honest))
        .isEqualTo("unchecked");
  }

  @Test
  void what_cannot_be_told_is_looked_at_again_on_another_profile_and_counts_for_nobody_before() {
    List<TestWorker> all = market.verifiers(8);
    List<TestWorker> others = all.subList(3, all.size());
    all.subList(0, 3).forEach(worker -> worker.verifiesOn(ProfileClass.F32_CPU));
    others.forEach(worker -> worker.verifiesOn(ProfileClass.F32_GPU));
    TestWorker worker = all.getFirst();
    String job = drawn("two-precisions", worker, HONEST);
    List<Boolean> askedOthers = new ArrayList<>();

    String reason =
        checked(
            job,
            all,
            (verifier, lease) -> {
              askedOthers.add(others.contains(verifier));
              assertThat(passes(worker)).isZero();
              // Its model is not calibrated: what differs by a bit says nothing, what is equal
              // does.
              float answer = others.contains(verifier) ? HONEST : CHEAT;
              verifier.sends(verifier.result(lease, TestWorker.vectors(lease.input(), answer)));
            });

    assertThat(reason).isEqualTo("passed");
    // Of its own profile first; by chance a second draw has nobody of the other either.
    assertThat(askedOthers).hasSizeBetween(2, 3).first().isEqualTo(false);
    assertThat(askedOthers).last().isEqualTo(true);
    assertThat(passes(worker)).isEqualTo(1);
    assertThat(verdicts(worker)).isEmpty();
  }

  @Test
  void too_few_for_a_committee_convict_nobody() {
    List<TestWorker> all = market.verifiers(4);
    assertThat(checked(drawn(all.getFirst(), CHEAT), all, AuditModuleTests::honest))
        .isEqualTo("unchecked");
  }

  @Test
  void verifiers_that_are_gone_when_it_is_drawn_leave_it_unchecked() {
    List<TestWorker> all = market.verifiers(4);
    TestWorker worker = all.getFirst();
    String job = posted(worker, "gone " + worker.address());
    Lease lease = worker.leases();
    worker.sends(worker.result(lease, TestWorker.vectors(lease.input(), CHEAT)));
    long epoch = court.closes();
    assertThat(court.seals(epoch)).isTrue();
    all.stream().skip(1).forEach(TestWorker::offersNothing);
    court.draws();

    assertThat(checked(job, List.of(), AuditModuleTests::honest)).isEqualTo("unchecked");
    assertThat(verdicts(worker)).isEmpty();
  }

  @Test
  void verifiers_that_take_the_work_and_are_never_heard_of_again_blame_nobody() {
    List<TestWorker> all = market.verifiers(4);
    TestWorker worker = all.getFirst();
    String job = drawn(worker, CHEAT);

    String reason =
        checked(
            job,
            all,
            (_, _) -> {
              // It crashed, or keeps its answer to itself; patience ends sooner than the real one.
              jdbc.sql("update audit set deadline = now() where job = :job")
                  .param("job", JobId.parse(job).uuid())
                  .update();
            });

    assertThat(reason).isEqualTo("unchecked");
    assertThat(passes(worker)).isZero();
    assertThat(verdicts(worker)).isEmpty();
  }

  @Test
  void a_beacon_whose_block_is_gone_after_it_was_final_draws_nothing_again() {
    List<TestWorker> all = market.verifiers(3);
    String job = drawn(all.getFirst(), HONEST);
    long epoch = get("/api/jobs/" + job + "/draw-proof").path("epoch").longValue();
    EpochDrawn first = court.drawn(epoch);
    Digest otherBlock = Digest.keccak256(new byte[] {9});
    var second =
        new EpochDrawn(
            first.id(),
            first.occurredAt(),
            epoch,
            Beacon.of(
                first.preimage(),
                otherBlock,
                Digest.parse(get("/api/epochs/" + epoch).path("root").stringValue())),
            first.preimage(),
            otherBlock,
            first.transaction(),
            first.blockNumber() + 1,
            "");

    assertThatThrownBy(() -> court.says(second)).isInstanceOf(IllegalStateException.class);
    assertThat(get("/api/epochs/" + epoch).path("beacon").stringValue())
        .isEqualTo(first.beacon().value().toString());
    assertThat(checked(job, all, AuditModuleTests::honest)).isEqualTo("passed");
  }

  @Test
  void a_committee_that_does_not_sign_what_it_found_convicts_nobody() {
    List<TestWorker> all = market.verifiers(ENOUGH);
    TestWorker worker = all.getFirst();
    String job = drawn(worker, CHEAT);
    await()
        .atMost(Duration.ofSeconds(120))
        .pollInterval(Duration.ofMillis(50))
        .until(() -> {
          for (TestWorker verifier : all) {
            verifier.asks(16, "0s").leases().forEach(lease -> honest(verifier, lease));
          }
          jdbc.sql("update audit set deadline = now() where job = :job and stage = 'verdict'")
              .param("job", JobId.parse(job).uuid())
              .update();
          return !get("/api/jobs/" + job + "/draw-proof").path("check").isMissingNode();
        });

    assertThat(get("/api/jobs/" + job + "/draw-proof").path("check").path("reason").stringValue())
        .isEqualTo("unchecked");
    assertThat(verdicts(worker)).isEmpty();
    // Each committee that was drawn had the time to look; a draw may have too few for one.
    assertThat(committees(job, "s.finding = 'invalid'"))
        .isNotEmpty()
        .isEqualTo(committees(job, "true"));
  }

  private List<Integer> committees(String job, String which) {
    return jdbc.sql(
            "select distinct s.round from audit_seat s where s.audit = :job and s.round < 128 and "
                + which
                + " order by s.round")
        .param("job", JobId.parse(job).uuid())
        .query((row, _) -> row.getInt("round"))
        .list();
  }

  @Test
  void of_a_large_result_the_first_verifier_computes_some_items_and_a_committee_all() {
    List<TestWorker> all = market.verifiers(ENOUGH);
    TestWorker worker = all.getFirst();
    List<String> texts = IntStream.range(0, 9).mapToObj(i -> "x".repeat(1 + i)).toList();
    String job =
        requester.posts(
            """
            {"model":"all-minilm-l6-v2","input":{"kind":"embeddings","texts":%s},"provider":{"only":["%s"]}}\
            """
                .formatted(json.writeValueAsString(texts), worker.address()));
    Lease given = worker.leases();
    worker.sends(worker.result(given, TestWorker.vectors(given.input(), CHEAT)));
    long epoch = court.closes();
    assertThat(court.seals(epoch)).isTrue();
    court.draws();
    List<Integer> sizes = new ArrayList<>();

    String reason =
        checked(
            job,
            all,
            (verifier, lease) -> {
              List<String> asked = ((EmbeddingsInput) lease.input()).texts();
              assertThat(texts).containsAll(asked);
              sizes.add(asked.size());
              honest(verifier, lease);
            });

    assertThat(reason).isEqualTo("invalid");
    assertThat(sizes.getFirst()).isEqualTo(4);
    assertThat(sizes.subList(1, sizes.size())).isNotEmpty().containsOnly(9);
  }

  @Test
  void who_has_little_to_lose_is_audited_more_often_than_its_record_alone_would_ask_for() {
    List<TestWorker> two = market.verifiers(2);
    two.forEach(it -> court.trusts(it.address(), KnownModels.ALL_MINILM_L6_V2.digest()));
    market.stakes(two.getFirst(), TokenAmount.of(400));
    for (TestWorker worker : two) {
      posted(worker, "rate " + worker.address());
      Lease lease = worker.leases();
      worker.sends(worker.result(lease));
    }
    assertThat(court.seals(court.closes())).isTrue();

    assertThat(rate(two.getFirst())).isBetween(1_300, 1_500); // 3 / (0.9405 · (3 + 5 % of 400))
    assertThat(rate(two.getLast())).isEqualTo(300);
  }

  private int rate(TestWorker worker) {
    return jdbc.sql("select audit_rate from sealed_leaf where worker = :worker")
        .param("worker", worker.address().hex())
        .query(Integer.class)
        .single();
  }

  private List<VerdictReached> verdicts(TestWorker worker) {
    return court.told(VerdictReached.class).stream()
        .filter(it -> it.evidence().subject().leaf().worker().equals(worker.address()))
        .toList();
  }

  @Test
  void a_contradiction_is_told_once_and_whom_it_harmed_when_the_result_is_sealed() {
    TestWorker worker = market.verifiers(1).getFirst();
    posted(worker, "twice");
    Lease lease = worker.leases();
    worker.sends(worker.result(lease));
    worker.sends(worker.result(lease, TestWorker.vectors(lease.input(), 7)));
    worker.sends(worker.result(lease, TestWorker.vectors(lease.input(), 8)));

    await().atMost(Duration.ofSeconds(60)).until(() -> !contradictions(worker).isEmpty());
    assertThat(harms(worker)).isEmpty();
    long epoch = court.closes();
    assertThat(court.seals(epoch)).isTrue();
    court.draws();
    await().atMost(Duration.ofSeconds(60)).until(() -> !harms(worker).isEmpty());

    assertThat(contradictions(worker)).hasSize(1);
    ContradictionFound found = contradictions(worker).getFirst();
    var first = found.first().attestation();
    var second = found.second().attestation();
    assertThat(first.jobId()).isEqualTo(second.jobId());
    assertThat(first.claim()).isNotEqualTo(second.claim());
    HarmFound harm = harms(worker).getFirst();
    assertThat(harm.caseId())
        .isEqualTo(
            Offence.CONTRADICTION.caseId(
                worker.address(), Offence.attempt(first.jobId(), first.attempt())));
    assertThat(harm.subject().leaf().requester()).isEqualTo(requester.address());
    assertThat(
            harm.subject()
                .proof()
                .proves(harm.subject().leaf().hash(), harm.subject().epochSeal().root()))
        .isTrue();
    assertThat(harms(worker)).hasSize(1);
  }

  private List<ContradictionFound> contradictions(TestWorker worker) {
    return court.told(ContradictionFound.class).stream()
        .filter(it -> it.first().attestation().worker().equals(worker.address()))
        .toList();
  }

  private List<HarmFound> harms(TestWorker worker) {
    return court.told(HarmFound.class).stream()
        .filter(it -> it.result().attestation().worker().equals(worker.address()))
        .toList();
  }
}
