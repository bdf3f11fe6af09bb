package dev.assay.marketplace;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;

/**
 * What strangers send, by mistake or on purpose: each of these made a plain Spring Boot application
 * answer 500, or take something else than was sent, or is refused by the container before Spring
 * sees it.
 *
 * @param name what is wrong
 * @param request the bytes on the wire
 * @param status expected
 * @param code expected, as in docs/reference/problems.md
 */
record HostileInput(String name, byte[] request, int status, String code) {
  private static final String PATH = "/worker/v1/leases";
  private static final String NONCES = "/api/auth/siwe/nonce";
  private static final String JSON = "Content-Type: application/json\r\n";
  private static final String WORKER = "0x00000000000000000000000000000000000000a1";
  private static final String GOOD =
      """
      {"capacity":1,"agentVersion":"test/1","sentAt":"2026-11-23T12:00:00Z"}\
      """;

  /** Where the token of whoever sends it will stand. */
  private static final String TOKEN = "{token}";

  private static final String AUTHORIZATION = "Authorization: Bearer " + TOKEN + "\r\n";

  @Override
  public String toString() {
    return name;
  }

  static byte[] wellFormed(String token) {
    return with(token, post(PATH + "?wait=0s", JSON, GOOD.getBytes(UTF_8)));
  }

  /** As a signed-in worker sends it. */
  byte[] request(String token) {
    return with(token, request);
  }

  private static byte[] with(String token, byte[] request) {
    return new String(request, ISO_8859_1).replace(TOKEN, token).getBytes(ISO_8859_1);
  }

  static List<HostileInput> all() {
    List<HostileInput> all = new ArrayList<>();
    bodies(all);
    members(all);
    framing(all);
    withoutNeed(all);
    queries(all);
    paths(all);
    container(all);
    return all;
  }

  private static void bodies(List<HostileInput> all) {
    all.add(body("no body", ""));
    all.add(body("not JSON", "lease me something"));
    all.add(body("an array", "[" + GOOD + "]"));
    all.add(body("null", "null"));
    all.add(body("a text", "\"lease\""));
    all.add(body("cut off", GOOD.substring(0, 40)));
    all.add(body("two objects", GOOD + GOOD));
    all.add(body("a trailing word", GOOD + " please"));
    all.add(body("a comment", "/* hello */" + GOOD));
    all.add(body("single quotes", GOOD.replace('"', '\'')));
    all.add(body("a member twice", GOOD.replace("{", "{\"capacity\":64,")));
    all.add(body("a member of the table", GOOD.replace("{", "{\"state\":\"PAID\",")));
    all.add(body("an id of its own", GOOD.replace("{", "{\"id\":1,")));
    all.add(body("depth 600", "[".repeat(600) + "]".repeat(600)));
    all.add(body("depth 100,000", "{\"worker\":" + "[".repeat(100_000)));
    all.add(body("11,000 tokens", "{\"worker\":[" + "1,".repeat(11_000) + "1]}"));
    all.add(body("a member name of 300", "{\"" + "x".repeat(300) + "\":1}"));
    all.add(
        new HostileInput(
            "broken UTF-8",
            post(PATH, JSON, GOOD.replace("test/1", "caf\u00e9").getBytes(ISO_8859_1)),
            400,
            "invalid-body"));
    all.add(
        new HostileInput("UTF-16", post(PATH, JSON, GOOD.getBytes(UTF_16)), 400, "invalid-body"));
  }

  private static void members(List<HostileInput> all) {
    for (String absent : List.of("capacity", "agentVersion", "sentAt")) {
      all.add(body(absent + " missing", GOOD.replace(absent, "x")));
      all.add(
          body(
              absent + " null",
              GOOD.replaceAll("\"" + absent + "\":[^,}]+", "\"" + absent + "\":null")));
    }
    for (String capacity :
        List.of(
            "\"1\"",
            "0.5",
            "1.0",
            "1e40",
            "1E1000000",
            "1e-9",
            "NaN",
            "Infinity",
            "01",
            "0x1",
            "2147483648",
            "-1",
            "0",
            "65",
            "true",
            "[]",
            "{}",
            "9".repeat(2_000))) {
      all.add(body("capacity " + shortened(capacity), GOOD.replace(":1,", ":" + capacity + ",")));
    }
    for (String worker :
        List.of(
            "1",
            "\"\"",
            "\"0x\"",
            "\"" + WORKER.substring(2) + "\"",
            "\"" + WORKER + "0\"",
            "\"" + WORKER.replace('a', 'g') + "\"",
            "\"" + WORKER.replace("0x", "0X") + "\"",
            "\" " + WORKER + "\"",
            "\"' or 1=1; drop table worker; --\"",
            "\"${jndi:ldap://127.0.0.1/a}\"",
            "\"\\u0660\\u0661\"",
            "{\"address\":\"" + WORKER + "\"}")) {
      // Who works is told by the token. That the body says so too makes it no better.
      all.add(
          body("worker " + shortened(worker), GOOD.replace("{", "{\"worker\":" + worker + ",")));
    }
    for (String version :
        List.of("5", "true", "\"\"", "\"a b\"", "\"caf\u00e9\"", "\"" + "v".repeat(65) + "\"")) {
      all.add(body("agentVersion " + shortened(version), GOOD.replace("\"test/1\"", version)));
    }
    for (String text :
        List.of("\\u0000", "\\ud800", "\\udc00\\ud800", "\\u001b[31m", "a\\u0085b")) {
      all.add(text("text " + text, GOOD.replace("test/1", text)));
    }
    for (String time :
        List.of(
            "1.5",
            "1700000000",
            "\"yesterday\"",
            "\"+999999999-12-31T23:59:59Z\"",
            "\"-0001-01-01T00:00:00Z\"",
            "\"2026-13-01T00:00:00Z\"",
            "\"2026-11-23\"")) {
      all.add(body("sentAt " + time, GOOD.replace("\"2026-11-23T12:00:00Z\"", time)));
    }
  }

  private static void framing(List<HostileInput> all) {
    all.add(
        new HostileInput(
            "40 MB announced",
            post(PATH, JSON, new byte[0], "Content-Length: 41943040\r\n"),
            413,
            "body-too-large"));
    all.add(
        new HostileInput(
            "one byte too many", post(PATH, JSON, padded(256 * 1024 + 1)), 413, "body-too-large"));
    all.add(
        new HostileInput(
            "1 MB in chunks",
            post(PATH, JSON, chunked(padded(1024 * 1024)), "Transfer-Encoding: chunked\r\n"),
            413,
            "body-too-large"));
    all.add( // how one request is made to look like two to whoever believes the other one
        raw(
            "length and chunks",
            "POST "
                + PATH
                + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
                + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n"));
    all.add(media("gzip", JSON + "Content-Encoding: gzip\r\n", gzipped(GOOD)));
    all.add(media("brotli", JSON + "Content-Encoding: br\r\n", GOOD.getBytes(UTF_8)));
    all.add(media("no content type", "", GOOD.getBytes(UTF_8)));
    for (String type :
        List.of(
            "text/plain",
            "application/xml",
            "application/x-www-form-urlencoded",
            "multipart/form-data",
            "application/json; charset=utf-16",
            "application/json; charset=nonsense",
            "json",
            "*/*")) {
      all.add(media(type, "Content-Type: " + type + "\r\n", GOOD.getBytes(UTF_8)));
    }
  }

  /** An operation that needs no body read these by other ways than those that need one. */
  private static void withoutNeed(List<HostileInput> all) {
    for (String type : List.of("*/*", "text/plain", "multipart/form-data", "x")) {
      all.add(
          new HostileInput(
              type + " that is not needed",
              post(NONCES, "Content-Type: " + type + "\r\n", "01".getBytes(UTF_8)),
              415,
              "unsupported-media-type"));
    }
    all.add(
        new HostileInput(
            "a form in chunks that is not needed",
            post(
                NONCES + "?a=b",
                "Content-Type: application/x-www-form-urlencoded\r\n",
                chunked("0".getBytes(UTF_8)),
                "Transfer-Encoding: chunked\r\n"),
            415,
            "unsupported-media-type"));
  }

  private static void queries(List<HostileInput> all) {
    for (String query :
        List.of(
            "wait=",
            "wait=5",
            "wait=-1s",
            "wait=31s",
            "wait=1e1s",
            "wait=05s",
            "wait=99999999999s",
            "wait=5s&wait=6s",
            "sort=worker",
            "wait=5s&page=1",
            "size=1000000",
            "Wait=5s")) {
      all.add(
          new HostileInput(
              "query " + query,
              post(PATH + "?" + query, JSON, GOOD.getBytes(UTF_8)),
              400,
              "invalid-parameter"));
    }
    for (String query : List.of("wait=%00", "wait=%1b", "%00=1")) {
      all.add(
          new HostileInput(
              "query " + query,
              post(PATH + "?" + query, JSON, GOOD.getBytes(UTF_8)),
              400,
              "invalid-text"));
    }
  }

  private static void paths(List<HostileInput> all) {
    all.add(
        new HostileInput(
            "query that is not UTF-8",
            post(PATH + "?wait=%ff%fe", JSON, GOOD.getBytes(UTF_8)),
            400,
            "malformed-request"));
    for (String path :
        List.of("/", "/worker", PATH + "/", "/actuator/health", "/error", "/WORKER/v1/leases")) {
      all.add(new HostileInput("path " + path, post(path, JSON, new byte[0]), 404, "not-found"));
    }
    for (String path :
        List.of(
            "/worker/v1/../../etc/passwd",
            "/worker/v1/leases%2f..%2f",
            "/worker/%00",
            "/%zz",
            "/a\\b",
            "/<script>")) {
      all.add(
          new HostileInput(
              "path " + path, post(path, JSON, new byte[0]), 400, "malformed-request"));
    }
    all.add(
        new HostileInput(
            "path of another audience", post("/api/jobs", JSON, new byte[0]), 403, "forbidden"));
    for (String method : List.of("GET", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND")) {
      all.add(
          new HostileInput(
              method,
              (method
                      + " "
                      + PATH
                      + " HTTP/1.1\r\nHost: a\r\n"
                      + AUTHORIZATION
                      + "Connection: close\r\n\r\n")
                  .getBytes(ISO_8859_1),
              405,
              "method-not-allowed"));
    }
  }

  private static void container(List<HostileInput> all) {
    all.add(raw("no Host", "POST " + PATH + " HTTP/1.1\r\nConnection: close\r\n\r\n"));
    all.add(raw("two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n"));
    all.add(raw("HTTP/9.9", "GET / HTTP/9.9\r\nHost: a\r\nConnection: close\r\n\r\n"));
    all.add(
        raw("a method with a quote", "GE\"T / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
    all.add(
        raw(
            "a header without a name",
            "GET / HTTP/1.1\r\nHost: a\r\n: b\r\nConnection: close\r\n\r\n"));
    all.add(
        raw(
            "a negative length",
            "POST "
                + PATH
                + " HTTP/1.1\r\nHost: a\r\n"
                + JSON
                + "Content-Length: -1\r\nConnection: close\r\n\r\n"));
    all.add(
        raw(
            "two lengths",
            "POST "
                + PATH
                + " HTTP/1.1\r\nHost: a\r\n"
                + JSON
                + "Content-Length: 1\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"));
    for (var headers :
        Map.of(
                "headers of 64 KB",
                "X: " + "x".repeat(64 * 1024),
                "2,000 headers",
                "X: y\r\n".repeat(1_999) + "X: y")
            .entrySet()) {
      all.add(
          new HostileInput(
              headers.getKey(),
              ("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
                      + headers.getValue()
                      + "\r\n\r\n")
                  .getBytes(ISO_8859_1),
              431,
              "headers-too-large"));
    }
    all.add(raw("TLS on a plain port", "\u0016\u0003\u0001\u0000\u00a5\u0001\r\n\r\n"));
  }

  private static HostileInput body(String name, String body) {
    return new HostileInput(name, post(PATH, JSON, body.getBytes(UTF_8)), 400, "invalid-body");
  }

  private static HostileInput text(String name, String body) {
    return new HostileInput(name, post(PATH, JSON, body.getBytes(UTF_8)), 400, "invalid-text");
  }

  private static HostileInput media(String name, String headers, byte[] body) {
    return new HostileInput(name, post(PATH, headers, body), 415, "unsupported-media-type");
  }

  /** Refused by the container, which has its own opinion of the status. */
  private static HostileInput raw(String name, String request) {
    return new HostileInput(name, request.getBytes(ISO_8859_1), 400, "malformed-request");
  }

  private static byte[] post(String target, String headers, byte[] body) {
    return post(target, headers, body, "Content-Length: " + body.length + "\r\n");
  }

  private static byte[] post(String target, String headers, byte[] body, String length) {
    var request = new ByteArrayOutputStream();
    request.writeBytes(
        ("POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n%s%s%s\r\n"
                .formatted(target, AUTHORIZATION, headers, length))
            .getBytes(ISO_8859_1));
    request.writeBytes(body);
    return request.toByteArray();
  }

  private static byte[] padded(int size) {
    return (GOOD + " ".repeat(size - GOOD.length())).getBytes(UTF_8);
  }

  private static byte[] chunked(byte[] body) {
    var framed = new ByteArrayOutputStream();
    for (int at = 0; at < body.length; at += 8192) {
      int length = Math.min(8192, body.length - at);
      framed.writeBytes((Integer.toHexString(length) + "\r\n").getBytes(ISO_8859_1));
      framed.write(body, at, length);
      framed.writeBytes("\r\n".getBytes(ISO_8859_1));
    }
    framed.writeBytes("0\r\n\r\n".getBytes(ISO_8859_1));
    return framed.toByteArray();
  }

  private static byte[] gzipped(String body) {
    var bytes = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(bytes)) {
      gzip.write(body.getBytes(UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static String shortened(String text) {
    return text.length() <= 60 ? text : text.substring(0, 60) + "... (" + text.length() + ")";
  }
}
