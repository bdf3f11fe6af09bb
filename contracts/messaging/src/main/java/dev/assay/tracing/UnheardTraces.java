package dev.assay.tracing;

import io.opentelemetry.sdk.trace.SdkTracerProviderBuilder;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.micrometer.tracing.opentelemetry.autoconfigure.SdkTracerProviderBuilderCustomizer;
import org.springframework.stereotype.Component;

/**
 * Of traces that nobody is told of only the names are made, for the logs and for who goes on with
 * them: what happened in each step need not be gathered to be thrown away.
 */
@Component
public class UnheardTraces implements SdkTracerProviderBuilderCustomizer {
  private final ObjectProvider<SpanExporter> exporters;
  private final ObjectProvider<SpanProcessor> processors;

  UnheardTraces(ObjectProvider<SpanExporter> exporters, ObjectProvider<SpanProcessor> processors) {
    this.exporters = exporters;
    this.processors = processors;
  }

  @Override
  public void customize(SdkTracerProviderBuilder builder) {
    boolean isHeard =
        exporters.stream().findAny().isPresent()
            // Spring Boot's own gathers for the exporters.
            || processors.stream().anyMatch(one -> !(one instanceof BatchSpanProcessor));
    if (!isHeard) {
      builder.setSampler(Sampler.alwaysOff());
    }
  }
}
