package dev.assay.marketplace.openapi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.marketplace.Http;
import dev.assay.marketplace.MarketModuleTest;
import dev.assay.marketplace.identity.BoundKeys;
import dev.assay.marketplace.identity.TestIssuer;
import dev.assay.marketplace.identity.TestWallet;
import dev.assay.marketplace.openapi.ApiDocument.Operation;
import dev.assay.marketplace.purse.RecordPurse;
import dev.assay.protocol.Digest;
import dev.assay.protocol.Outcome;
import dev.assay.protocol.ResultAttestation;
import dev.assay.protocol.Verdict;
import dev.assay.protocol.wire.AttemptRef;
import dev.assay.protocol.wire.HandBack;
import dev.assay.protocol.wire.Heartbeat;
import dev.assay.protocol.wire.LeaseRequest;
import dev.assay.protocol.wire.ResultBatch;
import dev.assay.protocol.wire.ResultSubmission;
import dev.assay.protocol.wire.VerdictVote;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.TestPropertySource;

/**
 * Who may do what to whose things, for every operation of the document: a row for each, and each as
 * its owner, a stranger, the other audience, a key without the scope, a revoked key, and somebody
 * who names what is another's.
 */
@MarketModuleTest
@DirtiesContext // its settings are its own, and each context that is kept holds 20 connections
@Timeout(180)
@TestPropertySource(
    properties = {
      "marketplace.identity.rates.per-address=100000",
      "marketplace.identity.rates.failures=100000",
      "marketplace.admin.rate-per-minute=100000"
    })
class TenancyModuleTests {
  private static final Set<String> GRANTABLE = Set.of("jobs:read", "jobs:write", "account:read");

  private final World world;
  private final Map<String, Operation> operations = new TreeMap<>();
  private final Map<String, Row> rows = new TreeMap<>();

  /** What is sent. */
  private record Call(String path, @Nullable Object body) {
    static Call of(String path) {
      return new Call(path, null);
    }
  }

  /**
   * Another's thing is asked for, and beside it one that nobody has.
   *
   * @param foreign by Bob, or by the worker that has no lease
   * @param random the same with another id
   * @param status of both
   * @param code of the problem; empty if the answer is none
   */
  private record Foreign(Call foreign, Call random, int status, String code) {}

  /**
   * @param own by Alice, or by the worker with the lease
   * @param status of the answer to that
   */
  private record Row(Supplier<Call> own, int status, List<Foreign> foreign) {}

  TenancyModuleTests(
      @LocalServerPort int port, @Autowired BoundKeys keys, @Autowired RecordPurse purses) {
    this.world = new World(port, keys, purses);
    ApiDocument.read()
        .operations()
        .forEach(operation -> operations.put(operation.name(), operation));
    publicRows();
    requesterRows();
    openAiRows();
    fileRows();
    workerRows();
    adminRows();
  }

  @AfterEach
  void leave() {
    world.leave();
  }

  private void publicRows() {
    row("GET /api/epochs/{number}", "/api/epochs/1", 404); // none is closed here
    row("GET /api/epochs/{number}/leaves", "/api/epochs/1/leaves", 404);
    row("GET /api/epochs/{number}/verifiers", "/api/epochs/1/verifiers", 404);
    row("GET /api/market", "/api/market", 200);
    row("GET /api/models", "/api/models", 200);
    row("GET /api/models/{name}", "/api/models/all-minilm-l6-v2", 200);
    row("GET /api/openapi.json", "/api/openapi.json", 200);
    row("POST /api/auth/siwe/nonce", new Call("/api/auth/siwe/nonce", Map.of()), 200);
    row("POST /api/auth/siwe/verify", this::signIn, 200);
    row("POST /worker/v1/sessions", this::workerSignIn, 200);
  }

  private void requesterRows() {
    String attested = world.alice.attested();
    row("GET /api/account", "/api/account", 200);
    row(
        "GET /api/account/transfers",
        "/api/account/transfers",
        200,
        // A place in the list, not a thing: it is not looked up, so any id of the time will do.
        same("/api/account/transfers?after=%s", world.alice.transfer(), 200, ""));
    row("DELETE /api/auth/session", "/api/auth/session", 204);
    row("GET /api/jobs", "/api/jobs", 200, same("/api/jobs?after=%s", attested, 404, "not-found"));
    row("POST /api/jobs", post(null), 202);
    row("POST /api/quotes", new Call("/api/quotes", job()), 200);
    row("GET /api/jobs/{id}", "/api/jobs/" + attested, 200, job("/api/jobs/%s"));
    row(
        "GET /api/jobs/{id}/attestation",
        "/api/jobs/" + attested + "/attestation",
        200,
        job("/api/jobs/%s/attestation"));
    row(
        "GET /api/jobs/{id}/draw-proof",
        "/api/jobs/" + attested + "/draw-proof",
        409, // its epoch is not closed
        job("/api/jobs/%s/draw-proof"));
    row(
        "GET /api/jobs/{id}/receipt",
        "/api/jobs/" + attested + "/receipt",
        200,
        job("/api/jobs/%s/receipt"));
    row(
        "POST /api/jobs/{id}/cancel",
        "/api/jobs/" + world.alice.open() + "/cancel",
        200,
        job("/api/jobs/%s/cancel"));
    row(
        "GET /api/jobs/{id}/events",
        "/api/jobs/" + attested + "/events",
        200,
        job("/api/jobs/%s/events"));
    row(
        "GET /api/jobs/{id}/match-trace",
        "/api/jobs/" + attested + "/match-trace",
        200,
        job("/api/jobs/%s/match-trace"));
    row(
        "GET /api/jobs/{id}/result",
        "/api/jobs/" + attested + "/result",
        200,
        job("/api/jobs/%s/result"));
    row("GET /api/keys", "/api/keys", 200, same("/api/keys?after=%s", world.alice.key(), 200, ""));
    row(
        "POST /api/keys",
        new Call("/api/keys", Map.of("name", "k", "scopes", List.of("jobs:read"))),
        201);
    rows.put(
        "DELETE /api/keys/{id}",
        new Row(
            () ->
                Call.of(
                    "/api/keys/"
                        + world
                            .mint(world.alice.token(), List.of("jobs:read"))
                            .at("/key/id")
                            .stringValue()),
            204,
            same("/api/keys/%s", world.alice.key(), 404, "not-found")));
  }

  private void openAiRows() {
    row("GET /v1/models", "/v1/models", 200);
    row("GET /v1/models/{name}", "/v1/models/all-minilm-l6-v2", 200);
    row(
        "POST /v1/embeddings",
        new Call("/v1/embeddings", Map.of("model", "two-precisions", "input", "a")),
        200);
    row(
        "POST /v1/chat/completions",
        new Call(
            "/v1/chat/completions",
            Map.of(
                "model",
                "tiny-words",
                "max_tokens",
                8,
                "messages",
                List.of(Map.of("role", "user", "content", "Hi")))),
        200);
  }

  private void fileRows() {
    String file = world.alice.files().getFirst();
    String batch = world.alice.batch();
    row("POST /v1/files", "/v1/files", 200);
    row("GET /v1/files", "/v1/files", 200, same("/v1/files?after=%s", file, 200, ""));
    row(
        "GET /v1/files/{id}",
        "/v1/files/" + file,
        200,
        same("/v1/files/%s", file, 404, "not-found"));
    row(
        "GET /v1/files/{id}/content",
        "/v1/files/" + file + "/content",
        200,
        same("/v1/files/%s/content", file, 404, "not-found"));
    rows.put(
        "DELETE /v1/files/{id}",
        new Row(
            () -> Call.of("/v1/files/" + world.handIn(world.alice.token())),
            200,
            same("/v1/files/%s", file, 404, "not-found")));
    row(
        "POST /v1/batches",
        batchOf(file),
        200,
        List.of(
            new Foreign(batchOf(file), batchOf("file-" + UUID.randomUUID()), 404, "not-found")));
    row("GET /v1/batches", "/v1/batches", 200, same("/v1/batches?after=%s", batch, 200, ""));
    row(
        "GET /v1/batches/{id}",
        "/v1/batches/" + batch,
        200,
        same("/v1/batches/%s", batch, 404, "not-found"));
    row(
        "POST /v1/batches/{id}/cancel",
        "/v1/batches/" + batch + "/cancel",
        200,
        same("/v1/batches/%s/cancel", batch, 404, "not-found"));
  }

  private static Call batchOf(String file) {
    return new Call("/v1/batches", World.batchOf(file));
  }

  private void workerRows() {
    row("GET /worker/v1/account", "/worker/v1/account", 200);
    row("DELETE /worker/v1/sessions", "/worker/v1/sessions", 204);
    row("GET /worker/v1/verdicts", "/worker/v1/verdicts", 200);
    row("POST /worker/v1/verdicts", new Call("/worker/v1/verdicts", unsignedVote()), 400);
    row(
        "POST /worker/v1/leases",
        new Call(
            "/worker/v1/leases?wait=0s",
            new LeaseRequest(1, "test/1", Instant.parse("2026-11-23T12:00:00Z"))),
        200);
    AttemptRef held = world.lease.ref();
    row(
        "POST /worker/v1/heartbeat",
        heartbeat(held),
        200,
        List.of(new Foreign(heartbeat(held), heartbeat(random(held)), 200, "")));
    row(
        "POST /worker/v1/hand-backs",
        handBack(random(held)), // its own would end the lease that the other rows are about
        204,
        List.of(new Foreign(handBack(held), handBack(random(held)), 204, "")));
    row(
        "POST /worker/v1/attempts/{jobId}/{attempt}/stream",
        stream(random(held)), // its own would begin to say what an embedding does not
        409,
        List.of(new Foreign(stream(held), stream(random(held)), 409, "attempt-over")));
    row(
        "PUT /worker/v1/offers",
        new Call("/worker/v1/offers", Map.of("region", "eu", "offers", List.of())),
        200);
    row(
        "POST /worker/v1/results",
        results(world.result),
        200,
        List.of(new Foreign(results(world.result), results(ofRandomJob(world.result)), 200, "")));
  }

  private void adminRows() {
    row("GET /api/admin/whoami", "/api/admin/whoami", 200);
    row("GET /api/admin/log", "/api/admin/log?limit=5", 200);
    row("GET /api/admin/log/head", "/api/admin/log/head", 200);
    row("GET /api/admin/log/export", "/api/admin/log/export", 200);
    row("GET /api/admin/log/anchors/export", "/api/admin/log/anchors/export", 200);
    row("GET /api/admin/pauses", "/api/admin/pauses", 200);
    row("GET /api/admin/parameters", "/api/admin/parameters", 200);
    row(
        "POST /api/admin/parameters/{name}/proposals", // without saying what was seen
        new Call(
            "/api/admin/parameters/hedge-percent/proposals", Map.of("value", 7, "reason", "why")),
        412);
    row(
        "POST /api/admin/approvals/{proposal}",
        new Call("/api/admin/approvals/999999", Map.of("reason", "why")),
        404);
    row(
        "POST /api/admin/withdrawals/{proposal}",
        new Call("/api/admin/withdrawals/999999", Map.of("reason", "why")),
        404);
    row("GET /api/admin/market", "/api/admin/market", 200);
    row("GET /api/admin/events", "/api/admin/events", 200);
    row("GET /api/admin/signals", "/api/admin/signals", 200);
    row("GET /api/admin/money", "/api/admin/money", 200);
    row("GET /api/admin/requesters", "/api/admin/requesters", 200);
    row("GET /api/admin/workers", "/api/admin/workers?selling=true", 200);
    row("GET /api/admin/workers/{address}", "/api/admin/workers/" + world.leasing.address(), 200);
    row("GET /api/admin/jobs", "/api/admin/jobs?requester=" + world.alice.wallet().address(), 200);
    row("GET /api/admin/jobs/{job}", "/api/admin/jobs/" + world.bob.attested(), 200);
    row("GET /api/admin/epochs", "/api/admin/epochs", 200);
    row("GET /api/admin/audits", "/api/admin/audits?open=true", 200);
    row("GET /api/admin/cases", "/api/admin/cases", 200);
    row("GET /api/admin/cases/{case}", "/api/admin/cases/0x" + "5a".repeat(32), 404);
    row("GET /api/admin/bulk-actions", "/api/admin/bulk-actions", 200);
    row(
        "GET /api/admin/bulk-actions/{action}",
        "/api/admin/bulk-actions/" + UUID.randomUUID(),
        404);
    row(
        "POST /api/admin/bulk-actions",
        new Call(
            "/api/admin/bulk-actions",
            Map.of(
                "id",
                "0198f1c2-7d1e-7c55-9d52-0b9f2f6e3c11",
                "deed",
                "pause",
                "agentVersion",
                "nobody's",
                "reason",
                "a drill")),
        202);
    row("GET /api/admin/lists/{list}/export", "/api/admin/lists/workers/export?format=csv", 200);
    row("POST /api/admin/pauses", new Call("/api/admin/pauses", stop()), 200);
    row("POST /api/admin/resumes", new Call("/api/admin/resumes", stop()), 200);
  }

  /** Of a worker that is nobody. */
  private static Map<String, Object> stop() {
    return Map.of(
        "what", "worker", "subject", "0x" + "0".repeat(35) + "b0b0b", "reason", "a drill");
  }

  private void row(String operation, String path, int status) {
    row(operation, Call.of(path), status);
  }

  private void row(String operation, Call own, int status) {
    row(operation, () -> own, status);
  }

  private void row(String operation, Supplier<Call> own, int status) {
    rows.put(operation, new Row(own, status, List.of()));
  }

  private void row(String operation, String path, int status, List<Foreign> foreign) {
    row(operation, Call.of(path), status, foreign);
  }

  private void row(String operation, Call own, int status, List<Foreign> foreign) {
    rows.put(operation, new Row(() -> own, status, foreign));
  }

  /** Alice's jobs of every kind, each beside one that does not exist. */
  private List<Foreign> job(String path) {
    return Stream.of(world.alice.attested(), world.alice.open(), world.executing)
        .flatMap(id -> same(path, id, 404, "not-found").stream())
        .toList();
  }

  /** The random one has the time of the other, as a UUIDv7 has it in front. */
  private static List<Foreign> same(String path, String id, int status, String code) {
    String random =
        id.substring(0, id.length() - 12) + "%012x".formatted(id.hashCode() & 0xffffffL);
    return List.of(
        new Foreign(Call.of(path.formatted(id)), Call.of(path.formatted(random)), status, code));
  }

  private static Map<String, Object> job() {
    return Map.of(
        "model", "all-minilm-l6-v2", "input", Map.of("kind", "embeddings", "texts", List.of("a")));
  }

  private static Call post(@Nullable String id) {
    Map<String, Object> job = new HashMap<>(job());
    if (id != null) {
      job.put("id", id);
    }
    return new Call("/api/jobs", job);
  }

  private static Call heartbeat(AttemptRef attempt) {
    return new Call("/worker/v1/heartbeat", new Heartbeat(List.of(attempt)));
  }

  private static Call handBack(AttemptRef attempt) {
    return new Call(
        "/worker/v1/hand-backs", new HandBack(attempt, HandBack.Reason.FAILED, "because"));
  }

  private static Call results(ResultSubmission result) {
    return new Call("/worker/v1/results", new ResultBatch(List.of(result)));
  }

  private static Call stream(AttemptRef attempt) {
    return Call.of(
        "/worker/v1/attempts/%s/%d/stream".formatted(attempt.jobId(), attempt.attempt()));
  }

  private VerdictVote unsignedVote() {
    var verdict =
        new Verdict(
            world.lease.ref().jobId(),
            1,
            0,
            Outcome.INVALID,
            1,
            Digest.ZERO,
            Digest.ZERO,
            world.leasing.address(),
            1_795_780_900);
    return new VerdictVote(verdict, world.result.signature());
  }

  private static AttemptRef random(AttemptRef like) {
    return new AttemptRef(Digest.keccak256(like.jobId().toBytes()), like.attempt());
  }

  private ResultSubmission ofRandomJob(ResultSubmission result) {
    var a = result.attestation();
    return world
        .leasing
        .worker()
        .signed(
            new ResultAttestation(
                random(result.ref()).jobId(),
                a.attempt(),
                a.assignment(),
                a.worker(),
                a.modelDigest(),
                a.profileDigest(),
                a.inputDigest(),
                a.outputCommitment(),
                a.evidenceRoot(),
                a.toleranceDigest(),
                a.method(),
                a.inputUnits(),
                a.outputUnits(),
                a.epoch(),
                a.issuedAt()),
            result.outputSalt(),
            result.output());
  }

  private Call signIn() {
    return new Call("/api/auth/siwe/verify", TestWallet.create().signedMessage(world.port));
  }

  private Call workerSignIn() {
    return new Call("/worker/v1/sessions", world.leasing.key().signedMessage(world.port));
  }

  @Test
  void every_operation_of_the_document_has_a_row_and_every_row_an_operation() {
    assertThat(rows.keySet())
        .as("a new operation needs a row that says who may do it, and to whose things")
        .isEqualTo(operations.keySet());
  }

  @Test
  void an_operation_that_names_things_has_a_row_that_names_anothers() {
    for (Operation operation : operations.values()) {
      if (operation.path().contains("{id}")) {
        assertThat(row(operation).foreign()).as(operation.name()).isNotEmpty();
      }
    }
  }

  @Test
  void its_owner_may() {
    for (Operation operation : operations.values()) {
      var answer = send(operation, row(operation).own().get(), owner(operation));
      assertThat(answer.statusCode())
          .as("%s: %s", operation, answer.body())
          .isEqualTo(row(operation).status());
    }
  }

  @Test
  void a_stranger_may_only_what_is_public() {
    for (Operation operation : operations.values()) {
      var answer = send(operation, row(operation).own().get(), "");
      if (operation.isPublic()) {
        assertThat(answer.statusCode()).as(operation.name()).isEqualTo(row(operation).status());
      } else {
        assertRefused(operation, answer, 401, "unauthenticated");
      }
    }
  }

  @Test
  void the_other_audience_may_only_what_is_public() {
    for (Operation operation : operations.values()) {
      if (!operation.isPublic()) {
        String token =
            operation.audience().equals("worker") ? world.alice.token() : world.leasing.token();
        assertRefused(
            operation, send(operation, row(operation).own().get(), token), 403, "forbidden");
      }
    }
  }

  @Test
  void a_key_may_only_what_its_scopes_say() {
    for (Operation operation : operations.values()) {
      if (!operation.audience().equals("requester")) {
        continue;
      }
      List<String> others = new ArrayList<>(GRANTABLE);
      boolean isGrantable = others.remove(operation.scope());
      String without = world.secret(world.alice.token(), others);
      assertRefused(
          operation, send(operation, row(operation).own().get(), without), 403, "forbidden");
      if (isGrantable) {
        String with = world.secret(world.alice.token(), List.of(operation.scope()));
        assertThat(send(operation, row(operation).own().get(), with).statusCode())
            .as(operation.name())
            .isEqualTo(row(operation).status());
      }
    }
  }

  /** Each role at each operation of the document, and each token that is not good. */
  @Test
  void an_operator_may_what_its_roles_say_and_nothing_of_requesters_and_workers() {
    int cells = 0;
    for (Operation operation : operations.values()) {
      for (List<String> roles :
          List.of(
              List.of("viewer"),
              List.of("operator"),
              List.of("approver"),
              List.of("operator", "approver"),
              List.of("root"))) {
        String token = TestIssuer.token("ada", roles.toArray(String[]::new));
        var answer = send(operation, row(operation).own().get(), token);
        String cell = roles + " at " + operation;
        if (!operation.audience().equals("admin")) {
          assertRefused(operation, answer, 401, "unauthenticated");
        } else if (roles.contains(operation.scope())
            || operation.scope().equals("viewer") && !roles.contains("root")) {
          assertThat(answer.statusCode()).as(cell).isEqualTo(row(operation).status());
        } else {
          assertRefused(operation, answer, 403, "forbidden");
        }
        cells++;
      }
      for (String bad : TestIssuer.BAD.values()) {
        assertRefused(
            operation, send(operation, row(operation).own().get(), bad), 401, "unauthenticated");
        cells++;
      }
    }
    assertThat(cells).isEqualTo(operations.size() * (5 + TestIssuer.BAD.size()));
    assertThat(cells).isGreaterThan(400);
  }

  @Test
  void a_revoked_key_and_an_ended_session_are_nobodys() {
    var minted = world.mint(world.alice.token(), List.copyOf(GRANTABLE));
    String revoked = minted.path("secret").stringValue();
    String id = minted.at("/key/id").stringValue();
    Http.send(world.port, "DELETE", "/api/keys/" + id, world.alice.token(), null);
    String ended = world.alice.wallet().signIn(world.port);
    Http.send(world.port, "DELETE", "/api/auth/session", ended, null);
    String left = world.leasing.key().signInAsWorker(world.port);
    Http.send(world.port, "DELETE", "/worker/v1/sessions", left, null);

    for (Operation operation : operations.values()) {
      for (String token : List.of(revoked, ended, left)) {
        assertRefused(
            operation, send(operation, row(operation).own().get(), token), 401, "unauthenticated");
      }
    }
  }

  @Test
  void what_is_anothers_is_answered_as_what_is_nobodys() {
    assertThat(outsidersTry()).isGreaterThan(20);
  }

  /** Returns how often. */
  private int outsidersTry() {
    int compared = 0;
    for (Operation operation : operations.values()) {
      for (Foreign foreign : row(operation).foreign()) {
        var theirs = send(operation, foreign.foreign(), outsider(operation));
        var nobodys = send(operation, foreign.random(), outsider(operation));

        assertThat(theirs.statusCode()).as(operation.name()).isEqualTo(foreign.status());
        if (!foreign.code().isEmpty()) {
          assertRefused(operation, theirs, foreign.status(), foreign.code());
        }
        assertThat(shape(theirs, foreign.foreign()))
            .as(operation.name())
            .isEqualTo(shape(nobodys, foreign.random()));
        compared++;
      }
    }
    return compared;
  }

  @Test
  void nothing_that_an_outsider_tried_has_changed_anything() {
    outsidersTry();

    var worker = world.leasing.worker();
    assertThat(worker.beats(world.lease).stop()).isEmpty();
    assertThat(worker.sends(world.result).outcome().label()).isEqualTo("accepted");
    assertThat(get("/api/jobs/" + world.alice.open())).contains("\"status\":\"open\"");
    assertThat(get("/api/keys")).contains(world.alice.key()).doesNotContain("revokedAt\":\"");
  }

  /**
   * The one thing that another can learn: whether an id is taken, by taking it. Who has an id at
   * hand to ask about has been given it; nothing of the job is told, and nothing becomes of it.
   */
  @Test
  void an_id_that_another_has_taken_cannot_be_taken_and_no_more_is_said() {
    var refused =
        Http.send(
            world.port, "POST", "/api/jobs", world.bob.token(), post(world.alice.open()).body());

    assertThat(refused.statusCode()).isEqualTo(422);
    assertThat(Http.read(refused).path("detail").stringValue())
        .isEqualTo("This id cannot be taken. Make another, a UUIDv7.");
    assertThat(get("/api/jobs/" + world.alice.open())).contains("\"status\":\"open\"");
  }

  private String get(String path) {
    return Http.send(world.port, "GET", path, world.alice.token(), null).body();
  }

  private Row row(Operation operation) {
    return Objects.requireNonNull(
        rows.get(operation.name()), () -> operation.name() + " has no row: who may do it?");
  }

  private HttpResponse<String> send(Operation operation, Call call, String token) {
    if (operation.takesFile()) {
      return world.sendForm(token);
    }
    Map<String, String> headers =
        operation.isStream() ? Map.of("content-type", "application/x-ndjson") : Map.of();
    return Http.send(world.port, operation.method(), call.path(), token, call.body(), headers);
  }

  /** A sign-out ends what it is sent with. */
  private String owner(Operation operation) {
    return switch (operation.audience()) {
      case "requester" ->
          operation.name().equals("DELETE /api/auth/session")
              ? world.alice.wallet().signIn(world.port)
              : world.alice.token();
      case "worker" ->
          operation.name().equals("DELETE /worker/v1/sessions")
              ? world.leasing.key().signInAsWorker(world.port)
              : world.leasing.token();
      case "admin" -> TestIssuer.token("ada", operation.scope());
      default -> "";
    };
  }

  private String outsider(Operation operation) {
    return operation.audience().equals("worker") ? world.other.token() : world.bob.token();
  }

  private static void assertRefused(
      Operation operation, HttpResponse<String> answer, int status, String code) {
    assertThat(answer.statusCode()).as("%s: %s", operation, answer.body()).isEqualTo(status);
    assertThat(Http.read(answer).path("type").stringValue())
        .as(operation.name())
        .isEqualTo("urn:assay:problem:" + code);
  }

  /** All of an answer but what names the request itself, or counts requests and connections. */
  private static String shape(HttpResponse<String> answer, Call call) {
    var headers = new TreeMap<String, Object>(answer.headers().map());
    headers
        .keySet()
        .removeIf(name ->
            Set.of("date", "connection", "content-length").contains(name)
                || name.contains("ratelimit"));
    String all = "%d %s %s".formatted(answer.statusCode(), headers, answer.body());
    for (String id : ids(call)) {
      all = all.replace(id, "ID");
    }
    return all.replaceAll("req_[0-9a-f-]{36}", "REQ")
        .replaceAll("\"serverTime\":\"[^\"]*\"", "TIME");
  }

  /** What the caller said itself, and may hear again. */
  private static List<String> ids(Call call) {
    return switch (call.body()) {
      case Heartbeat beat -> List.of(beat.attempts().getFirst().jobId().toString());
      case ResultBatch batch -> List.of(batch.results().getFirst().ref().jobId().toString());
      case null, default -> List.of();
    };
  }
}
