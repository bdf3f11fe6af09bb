package dev.assay.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.assay.protocol.EventId;
import dev.assay.protocol.WalletAddress;
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
        {"capacity":2,
         "agentVersion":"assay-worker/0.1.0","sentAt":"2026-11-23T12:00:00Z"}\
        """);
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
  void lease_answer() {
    assertJson(
        new LeaseAnswer(List.of(), "No job is open.", Map.of("capacity", 2), NOON),
        """
        {"leases":[],"idleBecause":"No job is open.","skipped":{"capacity":2},
         "serverTime":"2026-11-23T12:00:00Z"}\
        """);
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
