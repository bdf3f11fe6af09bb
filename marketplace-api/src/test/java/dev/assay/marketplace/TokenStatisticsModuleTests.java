package dev.assay.marketplace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.assay.marketplace.audit.TestCourt;
import dev.assay.protocol.BasisPoints;
import dev.assay.protocol.Digest;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.content.ChatInput;
import dev.assay.protocol.content.ChatOutput;
import dev.assay.protocol.content.ChatOutput.FinishReason;
import dev.assay.protocol.content.TokenTrace;
import dev.assay.protocol.content.TokenTrace.Likelihood;
import dev.assay.protocol.content.TokenTrace.Position;
import dev.assay.protocol.event.VerdictReached;
import dev.assay.protocol.receipt.CheckReceipt;
import dev.assay.protocol.receipt.JobReceipt;
import dev.assay.protocol.wire.Lease;
import dev.assay.protocol.wire.ResultAnswers.Outcome;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** Texts are checked by what a verifier's model thinks of the tokens that they are made of. */
@MarketModuleTest
@Timeout(240)
class TokenStatisticsModuleTests {
  private static final int ENOUGH = 40;
  private static final int TOKENS = 12;

  private final TestMarket market;
  private final TestCourt court;
  private final JdbcClient jdbc;
  private TestRequester requester;

  TokenStatisticsModuleTests(
      @Autowired TestMarket market, @Autowired TestCourt court, @Autowired JdbcClient jdbc) {
    this.market = market;
    this.court = court;
    this.jdbc = jdbc;
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

  /** What the right model thinks of a token at a place. */
  private static float right(int place, int token) {
    return -0.25f - (place * 7 + token) % 5 / 4f;
  }

  /** A cheaper one thinks otherwise. */
  private static float wrong(int place, int token) {
    return right(place, token) - 0.25f;
  }

  private static Position position(int place, int token, float logprob) {
    List<Likelihood> likeliest = new ArrayList<>();
    likeliest.add(new Likelihood(token, logprob));
    for (int other = 1; other < TokenTrace.LISTED; other++) {
      likeliest.add(new Likelihood(token + other, -3 - other));
    }
    return new Position(new Likelihood(token, logprob), likeliest);
  }

  private static ChatOutput output(
      List<Integer> tokens, BiFunction<Integer, Integer, Float> model, FinishReason finish) {
    List<Position> positions =
        IntStream.range(0, tokens.size())
            .mapToObj(i -> position(i, tokens.get(i), model.apply(i, tokens.get(i))))
            .toList();
    return new ChatOutput("words " + tokens, finish, TokenTrace.ofPositions(positions));
  }

  private static ChatOutput said(BiFunction<Integer, Integer, Float> model) {
    return output(IntStream.range(0, TOKENS).boxed().toList(), model, FinishReason.LENGTH);
  }

  private String posted(TestWorker to) {
    return requester.posts(
        """
        {"model":"tiny-lm","provider":{"only":["%s"]},
         "input":{"kind":"chat","messages":[{"role":"user","content":"look at %s"}],
                  "maxTokens":%d,"temperatureMilli":1000,"seed":7}}\
        """
            .formatted(to.address(), to.address(), TOKENS));
  }

  private String drawn(TestWorker worker, BiFunction<Integer, Integer, Float> model) {
    return drawn(worker, said(model));
  }

  private String drawn(TestWorker worker, ChatOutput output) {
    String job = posted(worker);
    Lease lease = worker.leases();
    assertThat(worker.sends(worker.result(lease, output, 3, TOKENS)).outcome())
        .isEqualTo(Outcome.ACCEPTED);
    long epoch = court.closes();
    assertThat(court.seals(epoch)).isTrue();
    court.draws();
    return job;
  }

  /** Verifiers whose model is the right one, until the check is over; how it ended. */
  private String checked(String job, List<TestWorker> all, Map<String, ChatInput> asked) {
    return checked(job, all, said(TokenStatisticsModuleTests::right), asked);
  }

  private String checked(
      String job, List<TestWorker> all, ChatOutput scored, Map<String, ChatInput> asked) {
    await()
        .atMost(Duration.ofSeconds(120))
        .pollInterval(Duration.ofMillis(50))
        .until(() -> {
          for (TestWorker worker : all) {
            for (Lease lease : worker.asks(16, "0s").leases()) {
              ChatInput input = (ChatInput) lease.input();
              asked.put(worker.address().hex(), input);
              assertThat(input.forcedTokens()).isNotNull();
              assertThat(worker.sends(worker.result(lease, scored, 3, 0)).outcome())
                  .isEqualTo(Outcome.ACCEPTED);
            }
            worker.votes();
          }
          return !proof(job).path("check").isMissingNode();
        });
    return proof(job).path("check").path("reason").stringValue();
  }

  private JsonNode proof(String job) {
    return requester.sees("/api/jobs/" + job + "/draw-proof");
  }

  @Test
  void an_honest_text_is_scored_by_another_who_does_not_see_what_was_claimed_and_is_passed() {
    List<TestWorker> all = market.verifiersOfTexts(3);
    TestWorker worker = all.getFirst();
    String job = drawn(worker, TokenStatisticsModuleTests::right);
    Map<String, ChatInput> asked = new ConcurrentHashMap<>();

    assertThat(checked(job, all, asked)).isEqualTo("passed");

    assertThat(asked).hasSize(1).doesNotContainKey(worker.address().hex());
    assertThat(asked.values())
        .allSatisfy(input ->
            assertThat(input.forcedTokens())
                .isEqualTo(IntStream.range(0, TOKENS).boxed().toList()));
    JobReceipt receipt = requester.receipt(job);
    assertThat(CheckReceipt.offline(receipt))
        .filteredOn(step -> !step.name().equals("status"))
        .allSatisfy(step -> assertThat(step.holds()).as(step.toString()).isTrue());
  }

  @Test
  void a_text_of_a_cheaper_model_is_flagged_judged_by_a_committee_and_becomes_a_case() {
    List<TestWorker> all = market.verifiersOfTexts(ENOUGH);
    TestWorker cheat = all.getFirst();
    String job = drawn(cheat, TokenStatisticsModuleTests::wrong);

    assertThat(checked(job, all, new ConcurrentHashMap<>())).isEqualTo("invalid");

    assertThat(cheat.account().pending()).isEqualTo(TokenAmount.ZERO);
    assertThat(court.told(VerdictReached.class))
        .filteredOn(it -> it.evidence().subject().leaf().worker().equals(cheat.address()))
        .hasSize(1)
        .allSatisfy(it -> assertThat(it.evidence().votes()).hasSizeGreaterThanOrEqualTo(5));
  }

  /** Asks for any at all: with one it would be posted, and nobody would answer in a second. */
  private HttpResponse<String> ofReputation(TestWorker worker) {
    return requester.sends(
        "POST",
        "/v1/chat/completions",
        """
        {"model":"tiny-lm","messages":[{"role":"user","content":"a"}],
         "provider":{"only":["%s"],"min_reputation":1,"deadline_seconds":1}}\
        """
            .formatted(worker.address()));
  }

  private boolean isSuspected(TestWorker worker) {
    return jdbc.sql("select exists (select from surprisal where worker = :worker and is_decisive)")
        .param("worker", worker.address().hex())
        .query(Boolean.class)
        .single();
  }

  private void hasPassed(TestWorker worker, int audits) {
    jdbc.sql("update standing set passes = :audits, audits = :audits where worker = :worker")
        .param("audits", audits)
        .param("worker", worker.address().hex())
        .update();
  }

  /** One of a thousand at each place: so says the right model itself, whoever wrote it. */
  private static Position unlikely(int token) {
    List<Likelihood> likeliest = new ArrayList<>();
    for (int other = 0; other < TokenTrace.LISTED; other++) {
      likeliest.add(new Likelihood(1_000 + other, -1.62f));
    }
    return new Position(new Likelihood(token, -7), likeliest);
  }

  @Test
  void texts_that_the_model_would_not_have_said_pass_until_two_verifiers_have_seen_that() {
    List<TestWorker> all = market.verifiersOfTexts(3);
    TestWorker worker = all.getFirst();
    var text =
        new ChatOutput(
            "unlikely",
            FinishReason.LENGTH,
            TokenTrace.ofPositions(
                IntStream.range(0, TOKENS)
                    .mapToObj(TokenStatisticsModuleTests::unlikely)
                    .toList()));

    long witnesses;
    do {
      assertThat(isSuspected(worker)).as("by one alone, whatever it says").isFalse();
      court.clears(); // what verifiers have answered may be drawn too
      hasPassed(worker, 0); // a newcomer's are drawn all
      String one = drawn(worker, text);
      assertThat(checked(one, all, text, new ConcurrentHashMap<>())).isEqualTo("passed");
      witnesses =
          jdbc.sql("select count(*) from surprisal_by_verifier where worker = :worker")
              .param("worker", worker.address().hex())
              .query(Long.class)
              .single();
    } while (witnesses < 2); // the beacon draws them; bounded by the test's time
    assertThat(isSuspected(worker)).isTrue();
    // As if it had long been honest before: else the newcomer would be looked at for that alone.
    hasPassed(worker, 100_000);
    assertThat(ofReputation(worker).body()).contains("provider.min_reputation");
    String second = drawn(worker, text);
    assertThat(Objects.requireNonNull(requester.receipt(second).seal()).leaf().auditRateBps())
        .isEqualTo(BasisPoints.WHOLE);
  }

  @Test
  void a_text_that_does_not_tell_of_each_of_its_tokens_is_refused() {
    TestWorker worker = market.worker().verifiesTexts();
    posted(worker);
    Lease lease = worker.leases();
    ChatOutput whole = said(TokenStatisticsModuleTests::right);
    List<ChatOutput> wrong =
        List.of(
            new ChatOutput(whole.text(), FinishReason.LENGTH),
            output(List.of(1, 2), TokenStatisticsModuleTests::right, FinishReason.LENGTH),
            new ChatOutput("cut off", FinishReason.STOP));
    for (ChatOutput output : wrong) {
      assertThat(worker.sends(worker.result(lease, output, 3, 2)))
          .satisfies(answer -> {
            assertThat(answer.outcome()).isEqualTo(Outcome.REFUSED);
            assertThat(answer.because()).contains("each of its tokens");
          });
    }
    assertThat(
            worker
                .sends(
                    worker.result(
                        lease,
                        output(List.of(1, 2), TokenStatisticsModuleTests::right, FinishReason.STOP),
                        3,
                        TOKENS))
                .outcome())
        .as("more tokens are billed than are told")
        .isEqualTo(Outcome.REFUSED);
    assertThat(worker.sends(worker.result(lease, whole, 3, TOKENS)).outcome())
        .isEqualTo(Outcome.ACCEPTED);
  }

  @Test
  void forced_tokens_are_a_job_for_anyone_where_the_model_is_scored_and_nowhere_else() {
    TestWorker worker = market.worker().verifiesTexts();
    String asked =
        """
        {"model":"%s","input":{"kind":"chat","messages":[{"role":"user","content":"a"}],
         "maxTokens":4,"temperatureMilli":0,"seed":0,"forcedTokens":[5,6]}}\
        """;
    market.worker().offersChat(1_000_000);

    var refused = requester.sends("POST", "/api/jobs", asked.formatted("tiny-words"));
    String job = requester.posts(asked.formatted("tiny-lm"));

    assertThat(refused.statusCode()).isEqualTo(400);
    assertThat(refused.body()).contains("forcedTokens");
    Lease lease = worker.leases();
    assertThat(lease.inputDigest()).isEqualTo(lease.input().digest());
    ChatOutput other =
        output(List.of(5, 7), TokenStatisticsModuleTests::right, FinishReason.LENGTH);
    ChatOutput scored =
        output(List.of(5, 6), TokenStatisticsModuleTests::right, FinishReason.LENGTH);
    assertThat(worker.sends(worker.result(lease, other, 3, 0)).outcome())
        .isEqualTo(Outcome.REFUSED);
    assertThat(worker.sends(worker.result(lease, scored, 3, 0)).outcome())
        .isEqualTo(Outcome.ACCEPTED);
    JsonNode result = requester.waitsFor(job).path("result");
    assertThat(TokenTrace.of(result.path("trace").binaryValue())).isEqualTo(scored.trace());
    assertThat(Digest.parse(result.path("outputDigest").stringValue())).isEqualTo(scored.digest());
  }
}
