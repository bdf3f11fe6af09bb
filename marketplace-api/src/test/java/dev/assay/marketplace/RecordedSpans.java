package dev.assay.marketplace;

import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** What a collector of traces would be told, of the traces that a test follows. */
final class RecordedSpans implements SpanProcessor {
  private final Set<String> followed = ConcurrentHashMap.newKeySet();
  private final List<SpanData> spans = new CopyOnWriteArrayList<>();

  /**
   * @param trace 32 hexadecimal digits
   */
  void follow(String trace) {
    followed.add(trace);
  }

  List<SpanData> of(String trace, String name) {
    return spans.stream()
        .filter(span -> span.getTraceId().equals(trace) && span.getName().equals(name))
        .toList();
  }

  @Override
  public void onEnd(ReadableSpan span) {
    if (followed.contains(span.getSpanContext().getTraceId())) {
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
