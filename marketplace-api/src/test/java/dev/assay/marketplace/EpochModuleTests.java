package dev.assay.marketplace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.assay.marketplace.audit.TestCourt;
import dev.assay.marketplace.identity.TestIssuer;
import dev.assay.protocol.BasisPoints;
import dev.assay.protocol.Beacon;
import dev.assay.protocol.Digest;
import dev.assay.protocol.MerkleProof;
import dev.assay.protocol.MerkleTree;
import dev.assay.protocol.OperatorLogLeaf;
import dev.assay.protocol.SealLeaf;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.admin.AnchoredHead;
import dev.assay.protocol.admin.CheckAnchors;
import dev.assay.protocol.admin.CheckAnchors.Anchors;
import dev.assay.protocol.admin.CheckLog;
import dev.assay.protocol.admin.LogHead;
import dev.assay.protocol.admin.LoggedAction;
import dev.assay.protocol.content.KnownModels;
import dev.assay.protocol.content.ProfileClass;
import dev.assay.protocol.event.EpochClosed;
import dev.assay.protocol.event.EpochDrawn;
import dev.assay.protocol.event.JobCleared;
import dev.assay.protocol.wire.HandBack;
import dev.assay.protocol.wire.Lease;
import dev.assay.protocol.wire.ResultAnswers.Outcome;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Results are sealed, drawn and cleared; anyone can make the draw again. */
@MarketModuleTest
@Timeout(180)
class EpochModuleTests {
  private final int port;
  private final TestMarket market;
  private final TestCourt court;
  private final JdbcClient jdbc;
  private final JsonMapper json;
  private final RecordedSpans spans;

  private TestRequester requester;
  private TestWorker worker;

  EpochModuleTests(
      @LocalServerPort int port,
      @Autowired TestMarket market,
      @Autowired TestCourt court,
      @Autowired JdbcClient jdbc,
      @Autowired JsonMapper json,
      @Autowired RecordedSpans spans) {
    this.port = port;
    this.market = market;
    this.court = court;
    this.jdbc = jdbc;
    this.json = json;
    this.spans = spans;
  }

  @BeforeEach
  void parties() {
    market.opens();
    requester = market.requester(1_000_000);
    worker = market.worker().offers(1_000_000, 8, "eu");
  }

  @AfterEach
  void leave() {
    market.closes();
  }

  private String posted(String text) {
    return requester.posts(
        """
        {"model":"all-minilm-l6-v2","input":{"kind":"embeddings","texts":["%s"]}}\
        """
            .formatted(text));
  }

  private void executed(Lease lease) {
    assertThat(worker.sends(worker.result(lease)).outcome()).isEqualTo(Outcome.ACCEPTED);
  }

  private List<String> done(int count) {
    List<String> jobs = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      jobs.add(posted("text " + i));
    }
    for (int left = count; left > 0; ) {
      List<Lease> leases = worker.asks(8, "10s").leases();
      leases.forEach(this::executed);
      left -= leases.size();
    }
    return jobs;
  }

  private long sealedEpoch() {
    long epoch = court.closes();
    assertThat(court.seals(epoch)).isTrue();
    return epoch;
  }

  private JsonNode get(String path) {
    return requester.sees(path);
  }

  private List<SealLeaf> leaves(long epoch) {
    List<SealLeaf> leaves = new ArrayList<>();
    String after = "";
    JsonNode page;
    do {
      page = get("/api/epochs/" + epoch + "/leaves?limit=7" + after);
      for (JsonNode one : page.path("data")) {
        leaves.add(json.treeToValue(one.path("leaf"), SealLeaf.class));
        after = "&after=" + one.path("hash").stringValue();
      }
    } while (page.path("hasMore").booleanValue());
    return leaves;
  }

  private List<JobCleared> cleared() {
    return court.told(JobCleared.class).stream()
        .filter(it -> it.subject().leaf().requester().equals(requester.address()))
        .toList();
  }

  @Test
  void every_result_is_sealed_and_its_proof_leads_to_the_root() {
    List<String> jobs = done(20);
    long epoch = sealedEpoch();

    JsonNode shown = get("/api/epochs/" + epoch);
    List<SealLeaf> leaves = leaves(epoch);
    assertThat(shown.path("state").stringValue()).isEqualTo("closed");
    assertThat(shown.path("count").longValue()).isEqualTo(leaves.size());
    var tree = MerkleTree.of(leaves.stream().map(SealLeaf::hash).toList());
    assertThat(shown.path("root").stringValue()).isEqualTo(tree.root().toString());
    for (String job : jobs) {
      JsonNode proof = get("/api/jobs/" + job + "/draw-proof");
      SealLeaf leaf = json.treeToValue(proof.path("leaf"), SealLeaf.class);
      assertThat(leaf.worker()).isEqualTo(worker.address());
      assertThat(leaf.auditRateBps().value()).isEqualTo(10_000); // a newcomer
      assertThat(json.treeToValue(proof.path("proof"), MerkleProof.class))
          .isEqualTo(tree.proof(leaf.hash()));
    }
    EpochClosed told =
        court.told(EpochClosed.class).stream()
            .filter(it -> it.epoch() == epoch)
            .reduce((_, _) -> {
              throw new AssertionError("told twice");
            })
            .orElseThrow();
    assertThat(told.root()).isEqualTo(tree.root());
    assertThat(told.totalPrice())
        .isEqualTo(
            leaves.stream().map(SealLeaf::price).reduce(TokenAmount.ZERO, TokenAmount::plus));
  }

  /** Nobody has noted a head: the seal alone shows that rows were taken off the end. */
  @Test
  void a_log_of_operators_that_was_cut_off_shows_against_the_seal() {
    String reason = "a drill of " + UUID.randomUUID();
    jdbc.sql(
            """
            insert into pause (what, subject, paused, reason, by)
            values ('WORKER', :worker, false, :reason, 'ada')\
            """)
        .param("worker", worker.address().hex())
        .param("reason", reason)
        .update();
    done(1);
    long epoch = sealedEpoch();

    JsonNode shown = get("/api/epochs/" + epoch);
    var head =
        new LogHead(
            shown.at("/operatorLog/number").longValue(),
            json.treeToValue(shown.at("/operatorLog/hash"), Digest.class));
    assertThat(
            json.treeToValue(shown.at("/operatorLog/proof"), MerkleProof.class)
                .proves(
                    new OperatorLogLeaf(head.number(), head.hash()).hash(),
                    json.treeToValue(shown.path("canaryRoot"), Digest.class)))
        .isTrue();
    List<AnchoredHead> anchors = lines("/api/admin/log/anchors/export", AnchoredHead.class);
    Anchors found = CheckAnchors.offline(anchors.iterator());
    assertThat(found.wrong()).isEmpty();
    assertThat(found.heads()).contains(head);

    List<LoggedAction> log = lines("/api/admin/log/export", LoggedAction.class);
    assertThat(CheckLog.of(log.iterator(), found.heads())).isInstanceOf(CheckLog.Holds.class);
    assertThat(log).anyMatch(row -> row.why().equals(reason) && row.number() <= head.number());
    List<LoggedAction> cut = log.subList(0, Math.toIntExact(head.number() - 1));
    assertThat(CheckLog.of(cut.iterator(), found.heads())).isInstanceOf(CheckLog.Broken.class);
  }

  @Test
  void answers_that_are_too_much_alike_are_signals() {
    TestWorker single = market.worker().verifiesOn(ProfileClass.F32_CPU);
    TestWorker other = market.worker().verifiesOn(ProfileClass.F32_GPU);
    String text = "alike " + UUID.randomUUID();
    for (TestWorker one : List.of(single, other)) {
      for (String asked : List.of(text + "a", text + "b")) { // as long: answered with one vector
        requester.posts(
            """
            {"model":"two-precisions","input":{"kind":"embeddings","texts":["%s"]},
             "provider":{"only":["%s"]}}\
            """
                .formatted(asked, one.address()));
        assertThat(one.sends(one.result(one.leases())).outcome()).isEqualTo(Outcome.ACCEPTED);
      }
    }

    String signals =
        Http.send(port, "GET", "/api/admin/signals", TestIssuer.token("x", "viewer"), null).body();
    JsonNode shown = json.readTree(signals);
    assertThat(shown.path("settlementWords").stringValue()).contains("is not asked");
    // Workers of other tests may have repeated themselves more often; the list has an end.
    assertThat(shown.path("repeated").valueStream())
        .isNotEmpty()
        .allSatisfy(it -> {
          assertThat(it.path("repeated").intValue()).isBetween(2, it.path("results").intValue());
          assertThat(it.path("atLeast").intValue()).isLessThan(it.path("atMost").intValue());
        });
    assertThat(shown.path("twins").toString())
        .contains(single.address().hex(), other.address().hex());
  }

  private <T> List<T> lines(String path, Class<T> type) {
    return Http.send(port, "GET", path, TestIssuer.token("x", "viewer"), null)
        .body()
        .lines()
        .map(line -> json.readValue(line, type))
        .toList();
  }

  @Test
  void each_epoch_names_the_root_of_the_one_before() {
    done(1);
    long first = sealedEpoch();
    done(1);
    long second = sealedEpoch();
    assertThat(second).isEqualTo(first + 1);
    assertThat(get("/api/epochs/" + second).path("prevRoot"))
        .isEqualTo(get("/api/epochs/" + first).path("root"));
  }

  @Test
  void a_result_that_comes_after_its_epoch_closed_is_sealed_in_it() {
    done(1);
    String late = posted("late");
    Lease lease = worker.leases();
    long epoch = court.closes();
    assertThat(lease.epoch()).isEqualTo(epoch);
    assertThat(court.seals(epoch)).isFalse();

    List<String> next = done(1);
    executed(lease);

    assertThat(court.seals(epoch)).isTrue();
    assertThat(get("/api/jobs/" + late + "/draw-proof").path("epoch").longValue()).isEqualTo(epoch);
    var notYet = requester.sends("GET", "/api/jobs/" + next.getFirst() + "/draw-proof", null);
    assertThat(notYet.statusCode()).isEqualTo(409);
  }

  @Test
  void a_lease_that_ends_without_a_result_does_not_hold_up_its_epoch() {
    done(1);
    posted("given back");
    Lease lease = worker.leases();
    long epoch = court.closes();
    assertThat(court.seals(epoch)).isFalse();
    worker.givesBack(lease, HandBack.Reason.LEAVING);
    assertThat(court.seals(epoch)).isTrue();
    executed(worker.leases()); // under the next attempt, and the next epoch
  }

  @Test
  void an_epoch_closes_while_leases_are_given_and_none_is_between_two() throws Exception {
    Set<Long> epochs = new HashSet<>();
    for (int i = 0; i < 10; i++) {
      done(1);
      String job = posted("boundary " + i);
      var closing = Thread.ofVirtual().start(court::closes);
      Lease lease = worker.leases();
      executed(lease);
      closing.join();
      epochs.add(lease.epoch());
      while (!court.seals(lease.epoch())) {
        court.closes();
      }
      assertThat(get("/api/jobs/" + job + "/draw-proof").path("epoch").longValue())
          .isEqualTo(lease.epoch());
    }
    assertThat(epochs).hasSizeGreaterThan(5);
  }

  /** The worker has a trace of its own for each of its requests, and theirs link to it. */
  @Test
  void the_trace_of_a_post_goes_on_with_its_leases_and_results_to_settlement() {
    court.trusts(worker.address(), KnownModels.ALL_MINILM_L6_V2.digest());
    String trace = "5b1c3f4aa6b94c0e8f0d2c7e9a1b3d55";
    spans.follow(trace);
    for (int i = 0; i < 8; i++) { // more than can all be drawn
      requester.sends(
          "POST",
          "/api/jobs",
          """
          {"model":"all-minilm-l6-v2","input":{"kind":"embeddings","texts":["traced %d"]}}\
          """
              .formatted(i),
          Map.of("traceparent", "00-" + trace + "-00f067aa0ba902b7-01"));
    }
    for (int left = 8; left > 0; ) {
      List<Lease> leases = worker.asks(8, "10s").leases();
      leases.forEach(this::executed);
      left -= leases.size();
    }
    sealedEpoch();
    court.draws();

    assertThat(cleared())
        .isNotEmpty()
        .allSatisfy(one -> assertThat(one.traceparent()).startsWith("00-" + trace + "-"));
    for (String step : List.of("queue job", "execute job")) {
      assertThat(spans.of(trace, step))
          .hasSize(8)
          .allSatisfy(span ->
              assertThat(span.getLinks())
                  .singleElement()
                  .satisfies(
                      link -> assertThat(link.getSpanContext().getTraceId()).isNotEqualTo(trace)));
    }
  }

  @Test
  void what_the_draw_passes_by_is_cleared_once_with_all_that_settlement_checks() {
    court.trusts(worker.address(), KnownModels.ALL_MINILM_L6_V2.digest());
    done(40);
    long epoch = sealedEpoch();
    court.draws();
    await("what was drawn has nobody to look at it, and is cleared as well")
        .atMost(Duration.ofSeconds(30))
        .until(() -> cleared().size() == 40);
    List<JobCleared> cleared = cleared();
    court.says(court.sealed(epoch));
    court.says(court.drawn(epoch));
    court.draws();

    assertThat(cleared()).isEqualTo(cleared);
    for (JobCleared one : cleared) {
      var subject = one.subject();
      assertThat(subject.proof().proves(subject.leaf().hash(), subject.epochSeal().root()))
          .isTrue();
      assertThat(subject.leaf().auditRateBps().value()).isEqualTo(300);
      assertThat(subject.leaf().attestation())
          .isEqualTo(one.result().attestation().digest(TestWorker.COURT));
      assertThat(one.earned())
          .isEqualTo(
              subject.leaf().price().minus(subject.leaf().price().share(new BasisPoints(500))));
    }
    assertThat(
            jdbc.sql(
                    "select count(*) from check_end e join job j on j.id = e.job where j.requester"
                        + " = :r")
                .param("r", requester.address().hex())
                .query(Long.class)
                .single())
        .isEqualTo(cleared.size());
  }

  @Test
  void what_the_chain_says_may_come_in_any_order_and_a_false_beacon_is_not_taken() {
    done(3);
    long epoch = sealedEpoch();
    EpochDrawn drawn = court.drawn(epoch);
    var forged =
        new EpochDrawn(
            drawn.id(),
            drawn.occurredAt(),
            epoch,
            new Beacon(Digest.keccak256((byte) 66)),
            drawn.preimage(),
            drawn.blockHash(),
            drawn.transaction(),
            drawn.blockNumber(),
            "");
    assertThatThrownBy(() -> court.says(forged)).isInstanceOf(IllegalStateException.class);
    court.says(drawn);
    assertThat(get("/api/epochs/" + epoch).path("beaconCommitment").isMissingNode()).isTrue();
    court.says(court.sealed(epoch));
    court.draws();
    assertThat(get("/api/epochs/" + epoch).path("state").stringValue()).isEqualTo("drawn");
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() ->
            jdbc.sql("select finished from chain_draw where epoch = :epoch")
                .param("epoch", epoch)
                .query(Boolean.class)
                .single());
  }

  @Test
  void where_the_beacon_is_withheld_everything_is_paid_unchecked_once() {
    List<String> jobs = done(3);
    long epoch = sealedEpoch();
    court.withholds(epoch);
    court.draws();
    assertThat(cleared()).hasSize(3);
    for (String job : jobs) {
      JsonNode check = get("/api/jobs/" + job + "/draw-proof").path("check");
      assertThat(check.path("reason").stringValue()).isEqualTo("unchecked");
    }
  }

  @Test
  void that_a_beacon_is_withheld_may_be_heard_before_that_its_epoch_is_sealed() {
    done(2);
    long epoch = sealedEpoch();
    court.says(court.withheld(epoch));
    assertThat(cleared()).isEmpty();

    court.says(court.sealed(epoch));
    assertThat(cleared()).hasSize(2);
  }

  @Test
  void a_stranger_makes_the_draw_again_and_agrees() throws Exception {
    court.trusts(worker.address(), KnownModels.ALL_MINILM_L6_V2.digest());
    done(25);
    long epoch = sealedEpoch();
    court.draws();

    long count = get("/api/epochs/" + epoch).path("count").longValue();
    assertThat(count).isGreaterThanOrEqualTo(25);
    assertThat(check(epoch)).startsWith("agree: %d leaves".formatted(count));

    // One decision that the beacon did not make, and the stranger says so.
    String leaf = leaves(epoch).getFirst().hash().toString();
    jdbc.sql(
            """
            delete from audit where job in (select job from sealed_leaf where epoch = :epoch and leaf = :leaf)
            """)
        .param("epoch", epoch)
        .param("leaf", Digest.parse(leaf).toBytes())
        .update();
    jdbc.sql("update sealed_leaf set audit_rate = 10000 where epoch = :epoch and leaf = :leaf")
        .param("epoch", epoch)
        .param("leaf", Digest.parse(leaf).toBytes())
        .update();
    assertThat(check(epoch)).contains("DISAGREE");
  }

  private String check(long epoch) throws IOException, InterruptedException {
    Process node =
        new ProcessBuilder(
                "node",
                Path.of("../docs/examples/check-draw.mjs").toString(),
                "http://127.0.0.1:" + port,
                Long.toString(epoch))
            .redirectErrorStream(true)
            .start();
    String said = new String(node.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(node.waitFor()).as(said).isEqualTo(said.contains("DISAGREE") ? 1 : 0);
    return said;
  }

  @Test
  void what_is_not_sealed_or_not_a_number_is_not_found() {
    for (String number : List.of("0", "-1", "x", "999999999", "99999999999999999999")) {
      assertThat(Http.status(port, "GET", "/api/epochs/" + number, "", null)).isEqualTo(404);
    }
  }
}
