package dev.assay.quickstart.house;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.Yaml;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Of the Prometheus operator's resources, the fields that the charts use, by its own names. */
final class Monitoring {
  private static final JsonMapper STRICT =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

  private Monitoring() {}

  /** {@code ServiceMonitor.spec}. */
  record ServiceMonitor(Selector selector, List<Endpoint> endpoints) {}

  record Selector(Map<String, String> matchLabels) {}

  record Endpoint(String port, String path, String interval) {}

  /** {@code PrometheusRule.spec}. */
  record PrometheusRule(List<Group> groups) {}

  record Group(String name, List<Rule> rules) {}

  record Rule(
      String alert,
      String expr,
      @JsonProperty("for") @Nullable String lasting,
      Map<String, String> labels,
      Map<String, String> annotations) {}

  /** A file of rules, as Prometheus takes it. */
  static PrometheusRule rules(Path file) {
    return STRICT.convertValue(new Yaml().load(Tree.read(file)), PrometheusRule.class);
  }

  /**
   * @throws AssertionError if it is another kind, or has a field that is not known
   */
  static Record spec(GenericKubernetesResource resource) {
    String kind = resource.getKind();
    Class<? extends Record> known =
        switch (resource.getApiVersion() + " " + kind) {
          case "monitoring.coreos.com/v1 ServiceMonitor" -> ServiceMonitor.class;
          case "monitoring.coreos.com/v1 PrometheusRule" -> PrometheusRule.class;
          default ->
              throw new AssertionError(
                  "Kubernetes has no %s %s".formatted(resource.getApiVersion(), kind));
        };
    if (!resource.getAdditionalProperties().keySet().equals(Set.of("spec"))) {
      throw new AssertionError("%s has %s".formatted(kind, resource.getAdditionalProperties()));
    }
    try {
      return STRICT.convertValue(resource.getAdditionalProperties().get("spec"), known);
    } catch (JacksonException e) {
      throw new AssertionError("%s: %s".formatted(kind, e.getMessage()), e);
    }
  }
}
