package dev.assay.agent.cli;

import dev.assay.agent.market.Traceparent;
import dev.assay.agent.work.Log;
import dev.assay.protocol.WalletAddress;
import java.time.Clock;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** The two shapes of the agent's log; each event becomes one line of UTF-8 at once. */
final class LogLines {
  private LogLines() {}

  /** For a person: time of day (UTC), level, message. */
  static Log plain(Clock clock, Consumer<String> out) {
    DateTimeFormatter time = DateTimeFormatter.ofPattern("HH:mm:ss'Z'").withZone(ZoneOffset.UTC);
    return (level, message, trace) ->
        out.accept("%s %-4s %s".formatted(time.format(clock.instant()), level, message));
  }

  /**
   * For a machine: one JSON object a line, with the members that the servers' logs have, so that
   * one query follows a trace through all of them.
   */
  static Log json(Clock clock, Consumer<String> out, long pid, WalletAddress sessionKey) {
    JsonMapper json = JsonMapper.builder().build();
    return (level, message, trace) ->
        out.accept(
            json.writeValueAsString(
                members(clock.instant().toString(), level, message, trace, pid, sessionKey)));
  }

  private static Map<String, Object> members(
      String time,
      Log.Level level,
      String message,
      @Nullable Traceparent trace,
      long pid,
      WalletAddress sessionKey) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("@timestamp", time);
    members.put("log", Map.of("level", level.name()));
    members.put("process", Map.of("pid", pid));
    members.put("service", Map.of("name", "worker-agent"));
    members.put("message", message);
    members.put("sessionKey", sessionKey);
    if (trace != null) {
      members.put("traceId", trace.traceId());
      members.put("spanId", trace.parentId());
    }
    members.put("ecs", Map.of("version", "8.11"));
    return members;
  }
}
