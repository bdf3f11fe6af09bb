package dev.assay.agent.cli;

import dev.assay.agent.market.Traceparent;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.logging.Formatter;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import tools.jackson.databind.json.JsonMapper;

/** How a log record becomes a line. A {@link Traceparent} among its parameters is its trace. */
sealed interface LogFormat {
  /** One line, with its line end. */
  String line(LogRecord event);

  /** For a person: time of day, level, message. */
  record Plain() implements LogFormat {
    private static final DateTimeFormatter TIME =
        DateTimeFormatter.ofPattern("HH:mm:ss'Z'").withZone(ZoneOffset.UTC);

    @Override
    public String line(LogRecord event) {
      return "%s %-5s %s%n".formatted(TIME.format(event.getInstant()), level(event), text(event));
    }
  }

  /**
   * For a machine: one JSON object per line with the names of the Elastic Common Schema.
   *
   * @param worker the address this process works for
   */
  record JsonLines(String worker) implements LogFormat {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    @Override
    public String line(LogRecord event) {
      Map<String, String> fields = new LinkedHashMap<>();
      fields.put("@timestamp", event.getInstant().toString());
      fields.put("log.level", level(event));
      fields.put("service.name", "worker-agent");
      fields.put("message", text(event));
      trace(event).ifPresent(trace -> fields.put("trace.id", trace.traceId()));
      fields.put("worker", worker);
      return JSON.writeValueAsString(fields) + "\n";
    }
  }

  /** As the logging framework wants it. */
  default Formatter formatter() {
    return new Formatter() {
      @Override
      public String format(LogRecord event) {
        return line(event);
      }
    };
  }

  /** The message as it is: braces in a market's words are not ours to fill. */
  private static String text(LogRecord event) {
    String message = String.valueOf(event.getMessage());
    return event.getThrown() == null ? message : message + " (" + event.getThrown() + ")";
  }

  private static Optional<Traceparent> trace(LogRecord event) {
    Object[] parameters = event.getParameters();
    return parameters == null
        ? Optional.empty()
        : Arrays.stream(parameters)
            .filter(Traceparent.class::isInstance)
            .map(Traceparent.class::cast)
            .findFirst();
  }

  private static String level(LogRecord event) {
    Level level = event.getLevel();
    if (level.intValue() >= Level.SEVERE.intValue()) {
      return "ERROR";
    }
    return level.intValue() >= Level.WARNING.intValue() ? "WARN" : level.getName();
  }
}
