package dev.assay.marketplace.platform;

import io.micrometer.tracing.Link;
import io.micrometer.tracing.TraceContext;
import io.micrometer.tracing.Tracer;
import io.micrometer.tracing.propagation.Propagator;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.stereotype.Component;

/** Writes down the present trace, so that what happens later elsewhere can go on with it. */
@Component
public class Traces {
  private static final Pattern TRACEPARENT =
      Pattern.compile("00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})");

  private final Tracer tracer;
  private final Propagator propagator;

  Traces(Tracer tracer, Propagator propagator) {
    this.tracer = tracer;
    this.propagator = propagator;
  }

  /** The W3C {@code traceparent} of the present span; empty outside any trace. */
  public String traceparent() {
    var span = tracer.currentSpan();
    if (span == null) {
      return "";
    }
    Map<String, String> carrier = new HashMap<>();
    propagator.inject(span.context(), carrier, (_, key, value) -> carrier.put(key, value));
    return carrier.getOrDefault("traceparent", "");
  }

  /**
   * Something that took its time.
   *
   * @param name of a kind of thing, never of one thing
   */
  public record Passage(String name, Instant from, Instant to, Map<String, String> tags) {}

  /**
   * Adds to the trace of a job what has happened to it in another trace.
   *
   * @param traceparent the job's; empty if it has none, and then nothing is added
   * @param within of the request that brought it about, to which the new span links; may be empty
   */
  public void add(String traceparent, Passage passage, String within) {
    Optional<TraceContext> parent = parse(traceparent);
    if (parent.isEmpty()) {
      return;
    }
    var span =
        tracer
            .spanBuilder()
            .setParent(parent.get())
            .name(passage.name())
            .startTimestamp(micros(passage.from()), TimeUnit.MICROSECONDS);
    passage.tags().forEach(span::tag);
    parse(within).map(Link::new).ifPresent(span::addLink);
    span.start().end(micros(passage.to()), TimeUnit.MICROSECONDS);
  }

  private static long micros(Instant at) {
    return ChronoUnit.MICROS.between(Instant.EPOCH, at);
  }

  private Optional<TraceContext> parse(String traceparent) {
    Matcher parts = TRACEPARENT.matcher(traceparent);
    return parts.matches()
        ? Optional.of(
            tracer
                .traceContextBuilder()
                .traceId(parts.group(1))
                .spanId(parts.group(2))
                .sampled(Integer.parseInt(parts.group(3), 16) % 2 == 1)
                .build())
        : Optional.empty();
  }
}
