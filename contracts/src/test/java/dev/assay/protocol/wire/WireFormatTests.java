package dev.assay.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.assay.protocol.Assignment;
import dev.assay.protocol.Digest;
import dev.assay.protocol.Domain;
import dev.assay.protocol.EventId;
import dev.assay.protocol.LocalSigner;
import dev.assay.protocol.ResultAttestation;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.content.ChatInput;
import dev.assay.protocol.content.ChatMessage;
import dev.assay.protocol.content.EmbeddingsInput;
import dev.assay.protocol.content.EmbeddingsOutput;
import dev.assay.protocol.content.JobInput;
import dev.assay.protocol.content.ProfileClass;
import dev.assay.protocol.content.UnitPrice;
import dev.assay.protocol.event.WorkerEnrolled;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/** The exact JSON of each body: other languages read it too. */
class WireFormatTests {
  private static final WalletAddress WORKER =
      new WalletAddress("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed");
  private static final Instant NOON = Instant.parse("2026-11-23T12:00:00Z");

  private static final Assignment ASSIGNMENT =
      new Assignment(
          digest(1), 2, digest(2), WORKER, 2, TokenAmount.of(20), TokenAmount.of(20), 100, 160);
  private static final String ASSIGNMENT_JSON =
      """
      {"jobId":"%s","attempt":2,"spec":"%s","worker":"%s","method":2,"price":"20","bond":"20",
       "assignedAt":100,"deadline":160}\
      """
          .formatted(digest(1), digest(2), WORKER);

  private static Digest digest(int last) {
    byte[] bytes = new byte[32];
    bytes[31] = (byte) last;
    return Digest.of(bytes);
  }

  private final JsonMapper json = JsonMapper.builder().build();

  private void assertJson(Object body, String expected) {
    String written = json.writeValueAsString(body);
    assertThat(json.readTree(written)).isEqualTo(json.readTree(expected));
    assertThat((Object) json.readValue(written, body.getClass())).isEqualTo(body);
  }

  @Test
  void lease_request() {
    assertJson(
        new LeaseRequest(2, "assay-worker/0.1.0", NOON),
        """
        {"capacity":2,"agentVersion":"assay-worker/0.1.0","sentAt":"2026-11-23T12:00:00Z"}\
        """);
    assertJson(
        new LeaseRequest(2, "a/1", NOON, List.of(new AttemptRef(digest(1), 2))),
        """
        {"capacity":2,"agentVersion":"a/1","sentAt":"2026-11-23T12:00:00Z",
         "holding":[{"jobId":"%s","attempt":2}]}\
        """
            .formatted(digest(1)));
  }

  @ParameterizedTest
  @ValueSource(ints = {Integer.MIN_VALUE, -1, 0, 65, Integer.MAX_VALUE})
  void a_lease_request_outside_its_capacity_is_refused(int capacity) {
    assertThatThrownBy(() -> new LeaseRequest(capacity, "a/1", NOON))
        .hasMessageContaining("1 to 64");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "a b", "a\u0000", "ä", "x\ny"})
  void an_agent_version_is_short_visible_ascii(String version) {
    assertThatThrownBy(() -> new LeaseRequest(1, version, NOON))
        .hasMessageContaining("visible ASCII");
    assertThatThrownBy(() -> new LeaseRequest(1, "x".repeat(65), NOON))
        .hasMessageContaining("visible ASCII");
  }

  @Test
  void an_idle_answer() {
    assertJson(
        new LeaseAnswer(List.of(), "No job is open.", Map.of("other-region", 3), NOON),
        """
        {"leases":[],"idleBecause":"No job is open.","skipped":{"other-region":3},
         "serverTime":"2026-11-23T12:00:00Z"}\
        """);
  }

  @Test
  void a_lease() {
    var input = new EmbeddingsInput(List.of("one", "zwölf"));
    assertJson(
        new Lease(ASSIGNMENT, digest(3), ProfileClass.F32_CPU, input.digest(), input, 12, 10),
        """
        {"assignment":%s,
         "modelDigest":"%s","profile":"f32-cpu","inputDigest":"%s",
         "input":{"kind":"embeddings","texts":["one","zwölf"]},"epoch":12,"heartbeatSeconds":10}\
        """
            .formatted(ASSIGNMENT_JSON, digest(3), input.digest()));
  }

  @Test
  void chat_input() {
    assertInput(
        new ChatInput(
            List.of(
                new ChatMessage(ChatMessage.Role.SYSTEM, "Be short."),
                new ChatMessage(ChatMessage.Role.USER, "Hi")),
            64,
            700,
            5),
        """
        {"kind":"chat","messages":[{"role":"system","content":"Be short."},{"role":"user","content":"Hi"}],
         "maxTokens":64,"temperatureMilli":700,"seed":5}\
        """);
  }

  private void assertInput(JobInput input, String expected) {
    assertThat(json.readTree(json.writeValueAsString(input))).isEqualTo(json.readTree(expected));
    assertThat(json.readValue(expected, JobInput.class)).isEqualTo(input);
  }

  @Test
  void a_result() {
    var output = EmbeddingsOutput.of(List.of(new float[] {1, -2.5f}));
    var attestation =
        new ResultAttestation(
            digest(1),
            2,
            digest(4),
            WORKER,
            digest(3),
            ProfileClass.F32_CPU.digest(),
            digest(5),
            digest(6),
            output.evidenceRoot(),
            Digest.ZERO,
            2,
            7,
            0,
            12,
            1_795_780_800);
    var signer = LocalSigner.ofKey(key());
    assertJson(
        new ResultBatch(
            List.of(
                new ResultSubmission(
                    attestation,
                    signer.sign(attestation, new Domain(31337, WORKER)),
                    digest(8),
                    output))),
        """
        {"results":[{"attestation":{"jobId":"%s","attempt":2,"assignment":"%s","worker":"%s",
          "modelDigest":"%s","profileDigest":"%s","inputDigest":"%s","outputCommitment":"%s",
          "evidenceRoot":"%s","toleranceDigest":"%s","method":2,"inputUnits":7,"outputUnits":0,
          "epoch":12,"issuedAt":1795780800},
          "signature":"%s","outputSalt":"%s",
          "output":{"kind":"embeddings","count":1,"dimensions":2,"float32":"AACAPwAAIMA="}}]}\
        """
            .formatted(
                digest(1),
                digest(4),
                WORKER,
                digest(3),
                ProfileClass.F32_CPU.digest(),
                digest(5),
                digest(6),
                output.evidenceRoot(),
                Digest.ZERO,
                signer.sign(attestation, new Domain(31337, WORKER)),
                digest(8)));
  }

  private static byte[] key() {
    byte[] key = new byte[32];
    key[31] = 7;
    return key;
  }

  @Test
  void pieces_of_an_output() {
    assertJson(new OutputPiece(3, "lo ä"), "{\"offset\":3,\"text\":\"lo ä\"}");
    assertJson(
        new StreamAnswer(new AttemptRef(digest(1), 2), 8),
        "{\"attempt\":{\"jobId\":\"%s\",\"attempt\":2},\"bytes\":8}".formatted(digest(1)));
    assertThat(new OutputPiece(0, "secret").toString()).doesNotContain("secret");
    assertThatThrownBy(() -> new OutputPiece(-1, "")).hasMessageContaining("0 or more");
    assertThatThrownBy(() -> new OutputPiece(0, "ä".repeat(32_769)))
        .hasMessageContaining("at most 65536");
  }

  @Test
  void answers_to_results() {
    assertJson(
        new ResultAnswers(
            List.of(
                new ResultAnswers.ResultAnswer(
                    new AttemptRef(digest(1), 2), ResultAnswers.Outcome.LATE, "Too late."))),
        """
        {"answers":[{"attempt":{"jobId":"%s","attempt":2},"outcome":"late","because":"Too late."}]}\
        """
            .formatted(digest(1)));
  }

  @Test
  void heartbeats_and_hand_backs() {
    var attempt = new AttemptRef(digest(1), 2);
    String attemptJson = "{\"jobId\":\"%s\",\"attempt\":2}".formatted(digest(1));
    assertJson(new Heartbeat(List.of(attempt)), "{\"attempts\":[%s]}".formatted(attemptJson));
    assertJson(
        new HeartbeatAnswer(
            List.of(attempt), List.of(attempt), true, "A new version is out.", "0.2.0", NOON),
        """
        {"stop":[%s],"cancel":[%s],"drain":true,"because":"A new version is out.","minimumAgentVersion":"0.2.0",
         "serverTime":"2026-11-23T12:00:00Z"}\
        """
            .formatted(attemptJson, attemptJson));
    assertJson(
        new HandBack(attempt, HandBack.Reason.LEAVING, "It is being stopped."),
        """
        {"attempt":%s,"reason":"leaving","because":"It is being stopped."}\
        """
            .formatted(attemptJson));
  }

  @Test
  void offers() {
    assertJson(
        new OfferBook(
            "eu",
            List.of(
                new WorkerOffer(
                    digest(3),
                    ProfileClass.F32_CPU,
                    new UnitPrice(TokenAmount.of(20_000)),
                    UnitPrice.FREE,
                    2)),
            true),
        """
        {"region":"eu","offers":[{"modelDigest":"%s","profile":"f32-cpu","inputPrice":"20000",
         "outputPrice":"0","concurrency":2}],"verifies":true}\
        """
            .formatted(digest(3)));
  }

  @Test
  void no_price_leaves_the_range_of_amounts_whatever_the_job() {
    var dearest = new UnitPrice(UnitPrice.MAX_PER_MILLION);
    assertThat(dearest.of(4_000_000_000L).plus(dearest.of(4_000_000_000L)))
        .isEqualTo(TokenAmount.of(8_000_000_000_000_000_000L));
    assertThatThrownBy(() -> new UnitPrice(UnitPrice.MAX_PER_MILLION.plus(TokenAmount.of(1))))
        .hasMessageContaining("at most");
  }

  @Test
  void the_same_model_is_not_offered_twice() {
    var offer = new WorkerOffer(digest(3), ProfileClass.LLM, UnitPrice.FREE, UnitPrice.FREE, 1);
    assertThatThrownBy(() -> new OfferBook("eu", List.of(offer, offer)))
        .hasMessageContaining("twice");
  }

  @Test
  void sessions() {
    assertJson(
        new SessionAnswer("secret", NOON, WORKER, new Domain(31337, WORKER), ""),
        """
        {"token":"secret","expiresAt":"2026-11-23T12:00:00Z","worker":"%s",
         "court":{"chainId":31337,"verifyingContract":"%s"},"minimumAgentVersion":""}\
        """
            .formatted(WORKER, WORKER));
    assertThat(new SessionAnswer("secret", NOON, WORKER, new Domain(1, WORKER), "").toString())
        .doesNotContain("secret");
  }

  @Test
  void worker_enrolled() {
    assertJson(
        new WorkerEnrolled(
            new EventId(UUID.fromString("0198f1a2-0000-7000-8000-000000000001")),
            NOON,
            WORKER,
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
        """
        {"id":"evt_0198f1a2-0000-7000-8000-000000000001","occurredAt":"2026-11-23T12:00:00Z",
         "worker":"0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
         "traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}\
        """);
  }
}
