package dev.assay.settlement;

import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;

/** What a collector of traces would be told of payments. */
final class RecordedSpans implements SpanProcessor {
  private static final Set<String> KEPT = Set.of("close batch", "send transaction", "settle job");

  private final List<SpanData> spans = new CopyOnWriteArrayList<>();

  List<SpanData> of(String trace, String name) {
    return spans.stream()
        .filter(span -> span.getTraceId().equals(trace) && span.getName().equals(name))
        .toList();
  }

  @Override
  public void onEnd(ReadableSpan span) {
    if (KEPT.contains(span.getName())) {
      spans.add(span.toSpanData());
    }
  }

  @Override
  public boolean isEndRequired() {
    return true;
  }

  @Override
  public void onStart(Context parent, ReadWriteSpan span) {}

  @Override
  public boolean isStartRequired() {
    return false;
  }
}
