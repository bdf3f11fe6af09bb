package dev.assay.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.Collection;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.support.StaticListableBeanFactory;

class UnheardTracesTests {
  private static final SpanExporter NOWHERE =
      new SpanExporter() {
        @Override
        public CompletableResultCode export(Collection<SpanData> spans) {
          return CompletableResultCode.ofSuccess();
        }

        @Override
        public CompletableResultCode flush() {
          return CompletableResultCode.ofSuccess();
        }

        @Override
        public CompletableResultCode shutdown() {
          return CompletableResultCode.ofSuccess();
        }
      };

  @Test
  void what_nobody_is_told_of_is_named_and_not_recorded() {
    try (var processor = BatchSpanProcessor.builder(NOWHERE).build()) {
      var beans = new StaticListableBeanFactory();
      beans.addBean("boots", processor);

      Span span = span(beans);

      assertThat(span.isRecording()).isFalse();
      assertThat(span.getSpanContext().isValid()).isTrue();
    }
  }

  @Test
  void what_is_sent_somewhere_is_recorded() {
    var beans = new StaticListableBeanFactory();
    beans.addBean("collector", NOWHERE);

    assertThat(span(beans).isRecording()).isTrue();
  }

  @Test
  void what_somebody_listens_to_is_recorded() {
    var beans = new StaticListableBeanFactory();
    beans.addBean("listener", SimpleSpanProcessor.create(NOWHERE));

    assertThat(span(beans).isRecording()).isTrue();
  }

  private static Span span(StaticListableBeanFactory beans) {
    var builder = SdkTracerProvider.builder();
    new UnheardTraces(
            beans.getBeanProvider(SpanExporter.class), beans.getBeanProvider(SpanProcessor.class))
        .customize(builder);
    try (var tracers = builder.build()) {
      return tracers.get("test").spanBuilder("step").startSpan();
    }
  }
}
