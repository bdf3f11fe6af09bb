package dev.assay.protocol.event;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.protocol.EventId;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/** The exact JSON of what is told of the chain: it lies in topics longer than a release lives. */
class ChainEventFormatTests {
  private static final EventId ID =
      new EventId(UUID.fromString("0198f1a2-0000-7000-8000-000000000001"));
  private static final Instant NOON = Instant.parse("2026-11-23T12:00:00Z");
  private static final WalletAddress WALLET =
      new WalletAddress("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed");
  private static final WalletAddress KEY =
      new WalletAddress("0xfb6916095ca1df60bb79ce92ce3ea74c37c5d359");

  private final JsonMapper json = JsonMapper.builder().build();

  private void assertJson(Object event, String expected) {
    String written = json.writeValueAsString(event);
    assertThat(json.readTree(written)).isEqualTo(json.readTree(expected));
    assertThat((Object) json.readValue(written, event.getClass())).isEqualTo(event);
  }

  @Test
  void purse_changed() {
    assertJson(
        new PurseChanged(
            ID,
            NOON,
            WALLET,
            amount("9007199254740993"),
            amount("7"),
            amount("3"),
            amount("0"),
            12,
            4,
            ""),
        """
        {"id":"evt_0198f1a2-0000-7000-8000-000000000001","occurredAt":"2026-11-23T12:00:00Z",
         "owner":"0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed","balance":"9007199254740993",
         "authorized":"7","spent":"3","leaving":"0","blockNumber":12,"logIndex":4,"traceparent":""}\
        """);
  }

  @Test
  void stake_changed() {
    assertJson(
        new StakeChanged(ID, NOON, WALLET, amount("10"), amount("2"), amount("1"), 12, 5, ""),
        """
        {"id":"evt_0198f1a2-0000-7000-8000-000000000001","occurredAt":"2026-11-23T12:00:00Z",
         "worker":"0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed","bonded":"10","thawing":"2",
         "frozen":"1","blockNumber":12,"logIndex":5,"traceparent":""}\
        """);
  }

  @Test
  void session_key_bound() {
    assertJson(
        new SessionKeyChanged(ID, NOON, KEY, WALLET, Optional.empty(), 12, 6, ""),
        """
        {"id":"evt_0198f1a2-0000-7000-8000-000000000001","occurredAt":"2026-11-23T12:00:00Z",
         "key":"0xfb6916095ca1df60bb79ce92ce3ea74c37c5d359",
         "worker":"0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed","deadAt":null,
         "blockNumber":12,"logIndex":6,"traceparent":""}\
        """);
  }

  @Test
  void session_key_revoked() {
    assertJson(
        new SessionKeyChanged(ID, NOON, KEY, WALLET, Optional.of(NOON), 13, 0, ""),
        """
        {"id":"evt_0198f1a2-0000-7000-8000-000000000001","occurredAt":"2026-11-23T12:00:00Z",
         "key":"0xfb6916095ca1df60bb79ce92ce3ea74c37c5d359",
         "worker":"0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed","deadAt":"2026-11-23T12:00:00Z",
         "blockNumber":13,"logIndex":0,"traceparent":""}\
        """);
  }

  private static TokenAmount amount(String atomicUnits) {
    return TokenAmount.parse(atomicUnits);
  }
}
