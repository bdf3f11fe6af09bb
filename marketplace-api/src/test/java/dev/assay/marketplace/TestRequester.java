package dev.assay.marketplace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.marketplace.identity.TestWallet;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.receipt.JobReceipt;
import dev.assay.protocol.receipt.ReadReceipt;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Who buys, and what it is told. */
final class TestRequester {
  private final int port;
  private final TestWallet wallet;
  private final String token;

  TestRequester(int port) {
    this.port = port;
    this.wallet = TestWallet.create();
    this.token = wallet.signIn(port);
  }

  private TestRequester(TestRequester self, String token) {
    this.port = self.port;
    this.wallet = self.wallet;
    this.token = token;
  }

  /** The same, by another credential of its own. */
  TestRequester by(String secret) {
    return new TestRequester(this, secret);
  }

  WalletAddress address() {
    return wallet.address();
  }

  /** For those who speak the API otherwise. */
  String token() {
    return token;
  }

  HttpResponse<String> sends(String method, String path, @Nullable Object body) {
    return sends(method, path, body, Map.of());
  }

  HttpResponse<String> sends(
      String method, String path, @Nullable Object body, Map<String, String> headers) {
    return Http.send(port, method, path, token, body, headers);
  }

  /** The id of a job that is taken. */
  String posts(String job) {
    var answer = sends("POST", "/api/jobs", job);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
    return Http.read(answer).path("id").stringValue();
  }

  JsonNode sees(String path) {
    return Http.json(port, "GET", path, token, null, JsonNode.class);
  }

  JsonNode job(String id) {
    return sees("/api/jobs/" + id);
  }

  /** A job with its result when it has ended, or as it is after two minutes. */
  JsonNode waitsFor(String id) {
    JsonNode job;
    int times = 0;
    do {
      job = Http.read(sends("GET", "/api/jobs/" + id, null, Map.of("Prefer", "wait=30")));
    } while (!job.has("endedAt") && ++times < 4);
    return job;
  }

  String unsettled() {
    return sees("/api/account").path("unsettled").stringValue();
  }

  /** The id of a file of requests. */
  String handsIn(String content) {
    var answer = handsIn("batch", "requests.jsonl", content);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return Http.read(answer).path("id").stringValue();
  }

  HttpResponse<String> handsIn(String purpose, String name, String content) {
    String body =
        """
        --edge
        Content-Disposition: form-data; name="file"; filename="%s"
        Content-Type: application/octet-stream

        %s
        --edge
        Content-Disposition: form-data; name="purpose"

        %s
        --edge--
        """
            .replace("\n", "\r\n")
            .formatted(name, content, purpose);
    return Http.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/v1/files"))
            .header("authorization", "Bearer " + token)
            .header("content-type", "multipart/form-data; boundary=edge")
            .POST(BodyPublishers.ofString(body)));
  }

  /** The secret of a new key, such as OpenAI's clients have one. */
  String mintsKey(String... scopes) {
    var key = sends("POST", "/api/keys", Map.of("name", "key", "scopes", List.of(scopes)));
    return Http.read(key).path("secret").stringValue();
  }

  /** As it comes over the wire, read by the strict reader. */
  JobReceipt receipt(String job) {
    return receipt(job, "");
  }

  /**
   * @param which the query by which it is asked for; empty for the job's own
   */
  JobReceipt receipt(String job, String which) {
    var answer = sends("GET", "/api/jobs/" + job + "/receipt" + which, null);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return ReadReceipt.of(answer.body());
  }
}
