package dev.assay.marketplace.openapi;

import dev.assay.marketplace.identity.TestIssuer;
import dev.assay.marketplace.identity.TestWallet;
import dev.assay.marketplace.openapi.ApiDocument.Operation;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Requests to every operation of the document, some as it says, most not quite. The same seed and
 * number make the same request, but for the ids and tokens of the world that it is made in.
 */
final class Fuzz {
  private static final JsonMapper JSON = JsonMapper.shared();

  /** Sent in place of a query parameter's value; as they stand in the request line. */
  private static final List<String> BAD_VALUES =
      List.of(
          "",
          "%00",
          "%1b%5b31m",
          "-1",
          "0",
          "101",
          "1e3",
          "1.0",
          "99999999999999999999",
          "%ff%fe",
          "%ud800",
          "a%20b",
          "%27%20or%201=1--",
          "null",
          "true",
          "[]",
          "%D9%A1",
          "x,y",
          "x;y");

  private static final List<String> STRAY_PARAMETERS =
      List.of(
          "sort=worker",
          "page=1",
          "size=1000000",
          "filter[x]=1",
          "=",
          "a",
          "Limit=1",
          "%00=1",
          "limit%00=1",
          "callback=alert",
          "_method=DELETE",
          "class.module=1");

  private static final List<String> BAD_IDS =
      List.of(
          "x",
          "%00",
          "%2e%2e",
          "%F0%9F%98%80",
          "%c0%af",
          "%ff",
          "job_1-1-1-1-1",
          "1;x=y",
          "x%2fy",
          "x%5cy",
          "%25",
          "%zz",
          "-",
          "0x",
          "null",
          "job_",
          "key_%20",
          "a".repeat(2_000));

  private static final List<String> STRAY_HEADERS =
      List.of(
          "Accept: text/html",
          "Accept: nonsense",
          "Range: bytes=0-1",
          "Content-Encoding: gzip",
          "Content-Encoding: identity",
          "X-HTTP-Method-Override: DELETE",
          "X-Forwarded-For: 1.2.3.4, nonsense",
          "X-Forwarded-Host: evil.example",
          "Forwarded: for=\"_x\"",
          "Origin: https://evil.example",
          "Origin: null",
          "Cookie: JSESSIONID=1; a=b",
          "If-None-Match: *",
          "If-Modified-Since: nonsense",
          "Accept-Language: %%%",
          "traceparent: 00-zz",
          "Connection: upgrade\r\nUpgrade: h2c",
          "X: \u00e9\u0007",
          "Prefer: wait=99999",
          "Prefer: respond-async, wait=nonsense; x=\"y",
          "Idempotency-Key: a b",
          "Idempotency-Key: \u00e9",
          "Idempotency-Key: " + "k".repeat(65),
          "Authorization: Basic YWRtaW46YWRtaW4=",
          "X: " + "x".repeat(20_000));

  private static final List<String> MEDIA_TYPES =
      List.of(
          "",
          "text/plain",
          "application/xml",
          "application/x-www-form-urlencoded",
          "multipart/form-data",
          "multipart/form-data; boundary=a",
          "application/json; charset=utf-16",
          "application/json; charset=nonsense",
          "application/problem+json",
          "json",
          "*/*",
          "application/json, application/json");

  private static final Set<String> SIGN_OUTS =
      Set.of("DELETE /api/auth/session", "DELETE /worker/v1/sessions");

  /** Whose forms are those of a signed message, which no schema tells. */
  private static final Set<String> SIGN_INS =
      Set.of("POST /api/auth/siwe/verify", "POST /worker/v1/sessions");

  private final World world;
  private final ApiDocument api;
  private final Samples samples;
  private final long seed;
  private final List<Operation> operations;
  private final String key;

  /**
   * A request.
   *
   * @param operation that it is meant for
   * @param isTrue whether all of it is as the document says, by somebody who may
   * @param mustBeRefused whether the body is none that the operation takes
   * @param isElsewhere whether it may reach something else than its operation
   */
  @SuppressWarnings("ArrayRecordComponent") // made to be sent, never compared
  record Shot(
      long number,
      Operation operation,
      boolean isTrue,
      boolean mustBeRefused,
      boolean isElsewhere,
      byte[] bytes,
      String what) {
    /** For people. */
    String beginning() {
      String text = new String(bytes, StandardCharsets.UTF_8);
      return text.length() <= 1_500 ? text : text.substring(0, 1_500) + "…";
    }
  }

  Fuzz(World world, ApiDocument api, long seed) {
    this.world = world;
    this.api = api;
    this.samples = new Samples(api, world);
    this.seed = seed;
    this.operations = api.operations();
    this.key =
        world.secret(world.alice.token(), List.of("jobs:read", "jobs:write", "account:read"));
  }

  /** One request under way to its bytes. */
  private final class Draft {
    private final Operation operation;
    private final RandomGenerator chance;
    private boolean isTrue = true;
    private boolean mustBeRefused;
    private boolean isElsewhere;
    private String method;
    private String path;
    private final List<String> query = new ArrayList<>();
    private final List<String> headers = new ArrayList<>();
    private byte @Nullable [] body;
    private String what = "as the document says";

    Draft(Operation operation, RandomGenerator chance) {
      this.operation = operation;
      this.chance = chance;
      this.method = operation.method();
      this.path = operation.path();
    }

    private boolean once(int in) {
      return chance.nextInt(in) == 0;
    }

    private void spoilt(String how) {
      isTrue = false;
      what = how;
    }

    Shot shot(long number) {
      parameters();
      credential();
      body();
      if (once(40)) {
        spoilt("another method");
        method =
            Samples.pick(
                List.of("PATCH", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "GET", "PUT"), chance);
        isElsewhere = true;
      }
      if (once(12)) {
        spoilt("a stray header");
        headers.add(Samples.pick(STRAY_HEADERS, chance));
      }
      return new Shot(number, operation, isTrue, mustBeRefused, isElsewhere, bytes(), what);
    }

    private void parameters() {
      for (JsonNode parameter : operation.node().path("parameters")) {
        String name = parameter.path("name").stringValue();
        JsonNode sample = samples.of(parameter.path("schema"), chance);
        String value = sample.isString() ? sample.stringValue() : sample.toString();
        switch (parameter.path("in").stringValue()) {
          case "path" -> {
            if (once(8)) {
              spoilt("a bad id");
              isElsewhere = true;
              value = Samples.pick(BAD_IDS, chance);
            }
            path = path.replace("{" + name + "}", value);
          }
          case "query" -> {
            if (once(2)) {
              query.add(name + "=" + value);
            }
            if (once(6)) {
              spoilt("a bad parameter");
              query.add(name + "=" + Samples.pick(BAD_VALUES, chance));
            }
          }
          default -> {
            if (name.equals("Prefer") ? once(20) : once(3)) {
              // Long enough to be waited for, short enough to be sent often.
              headers.add(name + ": " + (name.equals("Prefer") ? "wait=1" : value.strip()));
            }
          }
        }
      }
      if (once(25)) {
        spoilt("a stray parameter");
        query.add(Samples.pick(STRAY_PARAMETERS, chance));
      }
    }

    private void credential() {
      String token =
          switch (operation.audience()) {
            case "requester" -> requester();
            case "worker" -> worker();
            case "admin" -> TestIssuer.token("fuzz", operation.scope());
            default -> "";
          };
      if (!operation.isPublic() && token.isEmpty()) {
        spoilt("nobody's");
      }
      if (once(12)) {
        spoilt("another's credential");
        token =
            Samples.pick(
                List.of(
                    "",
                    "nonsense",
                    "ses_" + "A".repeat(43),
                    "assay_0123456789_" + "A".repeat(43),
                    TestIssuer.bad("signed by another key"),
                    world.bob.wallet().address().hex()),
                chance);
      }
      if (!token.isEmpty()) {
        headers.add("Authorization: Bearer " + token);
      }
    }

    private String requester() {
      if (SIGN_OUTS.contains(operation.name())) {
        return once(5) ? TestWallet.create().signIn(world.port) : "";
      }
      return !operation.scope().equals("keys:write") && once(4)
          ? key
          : once(8) ? world.bob.token() : world.alice.token();
    }

    private String worker() {
      if (SIGN_OUTS.contains(operation.name())) {
        return once(5) ? world.other.key().signInAsWorker(world.port) : "";
      }
      return world.leasing.token();
    }

    private void body() {
      if (operation.isStream()) {
        headers.add("Content-Type: application/x-ndjson");
        body =
            (once(2) ? "\n" : "{\"offset\":0,\"text\":\"a\"}\n").getBytes(StandardCharsets.UTF_8);
        return;
      }
      if (operation.takesFile()) {
        headers.add("Content-Type: " + World.FORM);
        body = World.form(once(3) ? "nonsense" : "batch").getBytes(StandardCharsets.UTF_8);
        return;
      }
      JsonNode schema = operation.body();
      if (schema == null) {
        if (once(15)) {
          spoilt("a body that nobody asked for");
          body = "{\"a\":[1,2".getBytes(StandardCharsets.UTF_8);
        }
        return;
      }
      JsonNode good = samples.of(schema, chance);
      body = JSON.writeValueAsBytes(good);
      isTrue &= !SIGN_INS.contains(operation.name());
      if (SIGN_INS.contains(operation.name()) && once(4)) {
        // Of one whose sessions nobody else here uses: its seventeenth ends its first.
        body = world.other.key().signedMessage(world.port).getBytes(StandardCharsets.UTF_8);
      } else if (!once(3)) {
        var mutant = Mutations.of(good, chance);
        body = mutant.body();
        spoilt(mutant.what());
        mustBeRefused = mutant.mustBeRefused() || !isTaken(schema, mutant.body());
      }
      if (once(15)) {
        spoilt("another media type");
        String type = Samples.pick(MEDIA_TYPES, chance);
        if (!type.isEmpty()) {
          headers.add("Content-Type: " + type);
        }
      } else {
        headers.add(
            "Content-Type: " + (once(5) ? "application/json; charset=UTF-8" : "application/json"));
      }
    }

    private boolean isTaken(JsonNode schema, byte[] sent) {
      try {
        return api.faults(schema, JSON.readTree(sent)).isEmpty();
      } catch (JacksonException e) {
        return false;
      }
    }

    private byte[] bytes() {
      byte[] content = body;
      boolean isChunked = content != null && once(6);
      var request = new ByteArrayOutputStream();
      String target = query.isEmpty() ? path : path + "?" + String.join("&", query);
      if (content != null) {
        headers.add(isChunked ? "Transfer-Encoding: chunked" : "Content-Length: " + content.length);
      }
      String head = headers.stream().map(header -> header + "\r\n").collect(Collectors.joining());
      request.writeBytes(
          "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n%s\r\n"
              .formatted(method, target, head)
              .getBytes(StandardCharsets.ISO_8859_1));
      if (content != null && isChunked) {
        chunks(request, content);
      } else if (content != null) {
        request.writeBytes(content);
      }
      return request.toByteArray();
    }

    private void chunks(ByteArrayOutputStream request, byte[] whole) {
      int size = 1 + chance.nextInt(9_000);
      for (int at = 0; at < whole.length; at += size) {
        byte[] chunk = Arrays.copyOfRange(whole, at, Math.min(whole.length, at + size));
        request.writeBytes(
            (Integer.toHexString(chunk.length) + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
        request.writeBytes(chunk);
        request.writeBytes("\r\n".getBytes(StandardCharsets.ISO_8859_1));
      }
      request.writeBytes("0\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
    }
  }

  Shot shot(long number) {
    var chance = new SplittableRandom(seed * 1_000_003 + number);
    return new Draft(Samples.pick(operations, chance), chance).shot(number);
  }
}
