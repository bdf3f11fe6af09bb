package dev.assay.tracing;

import io.micrometer.tracing.Link;
import io.micrometer.tracing.Span;
import io.micrometer.tracing.TraceContext;
import io.micrometer.tracing.Tracer;
import io.micrometer.tracing.propagation.Propagator;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.stereotype.Component;

/**
 * Writes down the present trace, so that what happens later elsewhere can go on with it, and goes
 * on with those that were: a job's, from the market's request to its payment, and a transaction's,
 * from what made it necessary to its sending. A batch pays jobs of many traces, so it has one of
 * its own, and they link to each other.
 */
@Component
public class Traces {
  /** OpenTelemetry keeps no more of one span. */
  private static final int MOST_LINKS = 128;

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
    Span span = tracer.currentSpan();
    if (span == null) {
      return "";
    }
    Map<String, String> carrier = new HashMap<>();
    propagator.inject(span.context(), carrier, (_, key, value) -> carrier.put(key, value));
    return carrier.getOrDefault("traceparent", "");
  }

  /**
   * Does it in a span of an older trace; in the present one if that is none.
   *
   * @param name of a kind of thing, never of one thing
   */
  public <T> T in(String traceparent, String name, Function<Span, T> what) {
    Span.Builder span = tracer.spanBuilder().name(name);
    parse(traceparent).ifPresent(span::setParent);
    return within(span.start(), what);
  }

  /** Does it in a new trace, which links to those of which it does a part. */
  public <T> T ofMany(List<String> traceparents, String name, Function<Span, T> what) {
    Span.Builder span = tracer.spanBuilder().name(name).setNoParent();
    traceparents.stream()
        .flatMap(one -> parse(one).stream())
        .limit(MOST_LINKS)
        .map(Link::new)
        .forEach(span::addLink);
    return within(span.start(), what);
  }

  private <T> T within(Span span, Function<Span, T> what) {
    try (var _ = tracer.withSpan(span)) {
      return what.apply(span);
    } catch (RuntimeException | Error e) {
      span.error(e);
      throw e;
    } finally {
      span.end();
    }
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
   * @param traceparent the job's; empty if it has none, and then nothing is added, no more than to
   *     one that is not recorded
   * @param within to which the new span links; may be empty
   */
  public void add(String traceparent, Passage passage, String within) {
    Optional<TraceContext> parent = parse(traceparent);
    if (parent.isEmpty() || Boolean.FALSE.equals(parent.get().sampled())) {
      return;
    }
    Span.Builder span =
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
