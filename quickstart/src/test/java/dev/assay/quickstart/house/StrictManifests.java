package dev.assay.quickstart.house;

import static java.util.stream.Collectors.joining;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KubernetesResource;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads manifests as Kubernetes' own model has them, and takes nothing that the model does not
 * know: no kind, no field, no value of another type, no key twice. What is required and missing it
 * does not see.
 */
final class StrictManifests {
  private static final KubernetesSerialization KUBERNETES = new KubernetesSerialization();

  private StrictManifests() {}

  /**
   * @param yaml documents, as {@code helm template} prints them
   * @throws AssertionError that names what is not known
   */
  static List<HasMetadata> read(String yaml) {
    List<HasMetadata> all = new ArrayList<>();
    for (Object document : documents(yaml)) {
      String json = JsonMapper.shared().writeValueAsString(document);
      KubernetesResource resource;
      try {
        resource = KUBERNETES.unmarshal(json, KubernetesResource.class);
      } catch (RuntimeException e) {
        throw new AssertionError("No manifest: %s%n%s".formatted(e.getMessage(), json), e);
      }
      if (resource instanceof GenericKubernetesResource other) {
        Monitoring.spec(other);
        all.add(other);
        continue;
      }
      var named = (HasMetadata) resource;
      List<String> unknown = new ArrayList<>();
      collect(named, named.getKind(), unknown);
      if (!unknown.isEmpty()) {
        throw new AssertionError(
            unknown.stream()
                .collect(joining(", ", named.getMetadata().getName() + " has unknown ", "")));
      }
      all.add(named);
    }
    return all;
  }

  /** As plain maps and lists. */
  static List<Object> documents(String yaml) {
    var options = new LoaderOptions();
    options.setAllowDuplicateKeys(false);
    return StreamSupport.stream(new Yaml(options).loadAll(yaml).spliterator(), false)
        .filter(document -> document != null)
        .toList();
  }

  private static void collect(@Nullable Object value, String place, List<String> unknown) {
    switch (value) {
      case null -> {}
      case Collection<?> all -> all.forEach(one -> collect(one, place + "[]", unknown));
      case Map<?, ?> map -> map.forEach((key, one) -> collect(one, place + "." + key, unknown));
      case KubernetesResource resource -> ofResource(resource, place, unknown);
      default -> {}
    }
  }

  private static void ofResource(KubernetesResource resource, String place, List<String> unknown) {
    for (Method getter :
        Arrays.stream(resource.getClass().getMethods())
            .filter(method -> method.getName().startsWith("get"))
            .filter(method -> method.getParameterCount() == 0)
            .filter(method -> method.getDeclaringClass() != Object.class)
            .sorted(Comparator.comparing(Method::getName))
            .toList()) {
      Object value;
      try {
        value = getter.invoke(resource);
      } catch (IllegalAccessException | InvocationTargetException e) {
        throw new AssertionError(getter.toString(), e);
      }
      String name = getter.getName().substring(3);
      if (name.equals("AdditionalProperties")) {
        ((Map<?, ?>) value).keySet().forEach(key -> unknown.add(place + "." + key));
      } else {
        collect(value, place + "." + name, unknown);
      }
    }
  }
}
