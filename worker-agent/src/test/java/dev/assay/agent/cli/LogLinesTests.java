package dev.assay.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.agent.market.Traceparent;
import dev.assay.agent.work.Log;
import dev.assay.protocol.WalletAddress;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class LogLinesTests {
  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2026-11-23T12:00:00Z"), ZoneOffset.UTC);

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);

  @Test
  void a_line_for_machines_has_the_members_of_the_servers_logs() {
    Log log = LogLines.json(CLOCK, out::println, 42, new WalletAddress("0x" + "ab".repeat(20)));

    log.say(Log.Level.WARN, "It said \"ä\"\n{0}", new Traceparent("1".repeat(32), "2".repeat(16)));

    assertThat(bytes.toString(StandardCharsets.UTF_8))
        .isEqualTo(
            """
            {"@timestamp":"2026-11-23T12:00:00Z","log":{"level":"WARN"},"process":{"pid":42},\
            "service":{"name":"worker-agent"},"message":"It said \\"ä\\"\\n{0}",\
            "sessionKey":"0x%s","traceId":"%s","spanId":"%s","ecs":{"version":"8.11"}}
            """
                .formatted("ab".repeat(20), "1".repeat(32), "2".repeat(16)));
  }

  @Test
  void a_line_for_people_has_time_level_and_message() {
    LogLines.plain(CLOCK, out::println).say(Log.Level.INFO, "Idle: No job is open.", null);

    assertThat(bytes.toString(StandardCharsets.UTF_8))
        .isEqualTo("12:00:00Z INFO Idle: No job is open.%n".formatted());
  }
}
