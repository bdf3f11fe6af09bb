package dev.assay.marketplace.platform;

import io.micrometer.tracing.Tracer;
import io.micrometer.tracing.propagation.Propagator;
import java.util.HashMap;
import java.util.Map;
import org.springframework.stereotype.Component;

/** Writes down the present trace, so that what happens later elsewhere can go on with it. */
@Component
public class Traces {
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
}
