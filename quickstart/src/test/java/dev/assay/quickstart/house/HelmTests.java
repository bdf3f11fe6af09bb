package dev.assay.quickstart.house;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.marcnuri.helm.Helm;
import com.marcnuri.helm.TemplateCommand;
import dev.assay.quickstart.house.Monitoring.PrometheusRule;
import dev.assay.quickstart.house.Monitoring.ServiceMonitor;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.Yaml;

/** The charts in helm/, rendered by Helm itself and read as Kubernetes would: no cluster needed. */
class HelmTests {
  private static final Path MARKET = Tree.ROOT.resolve("helm/assay");
  private static final Path WORKER = Tree.ROOT.resolve("helm/worker-agent");

  /** The library prints no hooks; in copies of the charts they are called otherwise. */
  @TempDir static Path shown;

  private static final String HOOK = "shown.helm.sh/hook";

  /** That the charts are for. */
  private static final String OLDEST = "1.30.0";

  /**
   * What a chart is rendered with.
   *
   * @param chart beside whose {@code examples/values.yaml} these are
   */
  record Values(String name, Path chart, Map<String, Object> values) {
    @Override
    public String toString() {
      return chart.getFileName() + ", " + name;
    }

    String render() {
      TemplateCommand template =
          new Helm(shown.resolve(chart.getFileName()))
              .template()
              .withName("m")
              .withNamespace("markets")
              .withKubeVersion(OLDEST)
              .withValuesFile(chart.resolve("examples/values.yaml"));
      values.forEach(template::set);
      return template.call();
    }

    List<HasMetadata> read() {
      return StrictManifests.read(render());
    }
  }

  @BeforeAll
  static void showHooks() throws IOException {
    for (Path chart : List.of(MARKET, WORKER)) {
      Path copy = shown.resolve(chart.getFileName());
      try (Stream<Path> files = Files.walk(chart)) {
        for (Path file : files.filter(Files::isRegularFile).toList()) {
          Path target = copy.resolve(chart.relativize(file).toString());
          Files.createDirectories(Objects.requireNonNull(target.getParent()));
          Files.writeString(target, Files.readString(file).replace("helm.sh/hook", HOOK));
        }
      }
    }
  }

  private static Values example(Path chart) {
    return new Values("as the example", chart, Map.of());
  }

  static Stream<Values> matrix() {
    return Stream.of(
        example(MARKET),
        new Values(
            "everything off that can be",
            MARKET,
            Map.of(
                "marketplaceApi.autoscaling.enabled", false,
                "marketplaceApi.ingress.enabled", false,
                "migrations.enabled", false,
                "kafka.secret.existingSecret", "",
                "networkPolicy.enabled", false,
                "serviceMonitor.enabled", false,
                "prometheusRule.enabled", false,
                "dashboards.enabled", false)),
        new Values(
            "a remote signer",
            MARKET,
            Map.of(
                "settlement.signer.keystore.existingSecret", "",
                "settlement.signer.web3signer.url", "http://web3signer:9000",
                "settlement.signer.web3signer.publicKey", "0x" + "ab".repeat(64))),
        new Values(
            "a tag, pull secrets and where pods may run",
            MARKET,
            Map.of(
                "image.digest", "",
                "image.tag", "1.2.3",
                "image.pullSecrets[0]", "registry",
                "nodeSelector.disk", "fast",
                "tolerations[0].key", "spot",
                "tolerations[0].operator", "Exists",
                "podLabels.team", "market",
                "podAnnotations.note", "of a pod",
                "serviceAccount.annotations.role", "market")),
        new Values(
            "settings of one's own",
            MARKET,
            Map.of(
                "marketplaceApi.settings.MARKETPLACE_AUDIT_EPOCHAGE", "5m",
                "marketplaceApi.settings.MARKETPLACE_ADMIN_ISSUER", "https://id.example.com",
                "marketplaceApi.settings.MARKETPLACE_ADMIN_JWKSETURI", "https://id.example.com/k",
                "settlement.settings.SETTLEMENT_BATCH_CLOSEAFTER", "2m",
                "podDisruptionBudget.minAvailable", "50%",
                "prometheusRule.runbookBase", "https://example.com/assay/")),
        example(WORKER),
        new Values(
            "no policy, no worker",
            WORKER,
            Map.of(
                "networkPolicy.enabled",
                false,
                "replicas",
                0,
                "home.storageClassName",
                "fast",
                "image.pullSecrets[0]",
                "registry")));
  }

  @ParameterizedTest
  @MethodSource("matrix")
  void what_is_rendered_is_what_kubernetes_knows(Values values) {
    List<HasMetadata> all = values.read();

    assertThat(all).hasSizeGreaterThan(3);
    assertThat(all).doesNotHaveDuplicates();
    assertThat(names(all)).doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @MethodSource("matrix")
  void no_pod_may_more_than_it_needs(Values values) {
    List<HasMetadata> all = values.read();
    assertThat(pods(all)).isNotEmpty();
    for (PodSpec pod : pods(all)) {
      assertThat(pod.getAutomountServiceAccountToken()).isFalse();
      assertThat(pod.getSecurityContext().getRunAsNonRoot()).isTrue();
      assertThat(pod.getSecurityContext().getRunAsUser()).isEqualTo(10001);
      assertThat(pod.getSecurityContext().getSeccompProfile().getType())
          .isEqualTo("RuntimeDefault");
      for (Container container : containers(pod)) {
        var security = container.getSecurityContext();
        assertThat(security.getAllowPrivilegeEscalation()).isFalse();
        assertThat(security.getReadOnlyRootFilesystem()).isTrue();
        assertThat(security.getCapabilities().getDrop()).containsExactly("ALL");
        assertThat(security.getPrivileged()).isNull();
        assertThat(container.getResources().getRequests()).containsKeys("cpu", "memory");
        assertThat(container.getResources().getLimits()).containsKey("memory");
        assertThat(container.getImage()).matches(".+(:[^:/]+|@sha256:[0-9a-f]{64})");
        Set<String> volumes =
            pod.getVolumes().stream().map(Volume::getName).collect(Collectors.toSet());
        claims(all).forEach(volumes::add);
        assertThat(container.getVolumeMounts())
            .extracting(VolumeMount::getName)
            .allMatch(volumes::contains);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("matrix")
  void secrets_are_named_and_never_written(Values values) {
    List<HasMetadata> all = values.read();

    assertThat(all).noneMatch(one -> one.getKind().equals("Secret"));
    for (PodSpec pod : pods(all)) {
      for (Container container : containers(pod)) {
        for (EnvVar variable : container.getEnv()) {
          // A file that has one is named by its place.
          boolean isSecret =
              variable.getName().matches(".*(PASSWORD|SECRET|RPCURLS|_KEY)")
                  && !variable.getName().endsWith("FILE");
          assertThat(variable.getValueFrom() != null)
              .as(variable.getName())
              .isEqualTo(isSecret || variable.getName().equals("SPRING_DATASOURCE_USERNAME"));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("matrix")
  void each_process_that_stays_is_asked_how_it_is_and_let_finish(Values values) {
    for (PodSpec pod : lasting(values.read())) {
      Container container = pod.getContainers().getFirst();
      Set<String> ports =
          container.getPorts().stream().map(ContainerPort::getName).collect(Collectors.toSet());
      assertThat(container.getStartupProbe()).isNotNull();
      assertThat(container.getLivenessProbe()).isNotNull();
      for (Probe probe : probes(container)) {
        if (probe.getHttpGet() != null) {
          assertThat(ports).contains(probe.getHttpGet().getPort().getStrVal());
        }
      }
      if (values.chart().equals(MARKET)) {
        // Nothing outside of the process can make Kubernetes restart it; see application.yml.
        assertThat(container.getLivenessProbe().getHttpGet().getPath())
            .isEqualTo("/actuator/health/liveness");
        assertThat(container.getReadinessProbe().getHttpGet().getPath())
            .isEqualTo("/actuator/health/readiness");
      }
      long drain =
          container.getLifecycle() == null
              ? 0
              : container.getLifecycle().getPreStop().getSleep().getSeconds();
      // Two phases of Spring's, or the agent's grace and its last words.
      assertThat(pod.getTerminationGracePeriodSeconds()).isGreaterThan(drain + 30);
    }
  }

  @ParameterizedTest
  @MethodSource("matrix")
  void what_refers_to_something_refers_to_what_is_there(Values values) {
    List<HasMetadata> all = values.read();
    List<Map<String, String>> labels =
        all.stream().map(HelmTests::podLabels).filter(one -> !one.isEmpty()).toList();
    Map<String, Set<String>> ports = new TreeMap<>();
    for (HasMetadata one : all) {
      switch (one) {
        case Service service -> {
          assertSelects(labels, service.getSpec().getSelector());
          ports.put(
              service.getMetadata().getName(),
              service.getSpec().getPorts().stream()
                  .map(ServicePort::getName)
                  .collect(Collectors.toSet()));
        }
        case PodDisruptionBudget budget ->
            assertSelects(labels, budget.getSpec().getSelector().getMatchLabels());
        case NetworkPolicy policy ->
            assertSelects(labels, policy.getSpec().getPodSelector().getMatchLabels());
        case HorizontalPodAutoscaler scaler ->
            assertThat(names(all))
                .contains(
                    scaler.getSpec().getScaleTargetRef().getKind()
                        + "/"
                        + scaler.getSpec().getScaleTargetRef().getName());
        default -> {}
      }
    }
    for (HasMetadata one : all) {
      switch (one) {
        case Ingress ingress -> {
          var backend =
              ingress.getSpec().getRules().getFirst().getHttp().getPaths().getFirst().getBackend();
          assertThat(ports.get(backend.getService().getName()))
              .contains(backend.getService().getPort().getName());
        }
        case GenericKubernetesResource other
            when Monitoring.spec(other) instanceof ServiceMonitor monitor -> {
          assertThat(monitor.endpoints())
              .allSatisfy(endpoint ->
                  assertThat(ports.get(other.getMetadata().getName())).contains(endpoint.port()));
          assertThat(all.stream().filter(Service.class::isInstance))
              .anyMatch(service ->
                  service
                      .getMetadata()
                      .getLabels()
                      .entrySet()
                      .containsAll(monitor.selector().matchLabels().entrySet()));
        }
        default -> {}
      }
    }
  }

  @Test
  void nothing_goes_in_or_out_but_what_is_named() {
    List<HasMetadata> all = example(MARKET).read();
    List<NetworkPolicy> policies = of(all, NetworkPolicy.class);
    NetworkPolicy deny =
        policies.stream()
            .filter(one -> one.getMetadata().getName().equals("m-default-deny"))
            .findFirst()
            .orElseThrow();
    assertThat(deny.getSpec().getPolicyTypes()).containsExactlyInAnyOrder("Ingress", "Egress");
    assertThat(deny.getSpec().getIngress()).isEmpty();
    assertThat(deny.getSpec().getEgress())
        .allSatisfy(rule ->
            assertThat(rule.getPorts())
                .allMatch(port -> port.getPort().equals(new IntOrString(53))));
    for (HasMetadata one : all) {
      Map<String, String> labels = podLabels(one);
      if (!labels.isEmpty()) {
        assertThat(labels.entrySet())
            .as(one.getMetadata().getName())
            .containsAll(deny.getSpec().getPodSelector().getMatchLabels().entrySet());
      }
    }
    for (NetworkPolicy policy : policies) {
      policy
          .getSpec()
          .getIngress()
          .forEach(rule -> assertThat(rule.getFrom()).as(policy.toString()).isNotEmpty());
    }
    // Settlement's alone is the chain; the API has no way to a node.
    assertThat(egressPorts(policies, "m-settlement")).contains(443);
    assertThat(egressPorts(policies, "m-marketplace-api")).doesNotContain(443, 8545);
    Values withOperators =
        new Values(
            "operators",
            MARKET,
            Map.of("marketplaceApi.settings.MARKETPLACE_ADMIN_JWKSETURI", "https://a.example/k"));
    assertThat(egressPorts(of(withOperators.read(), NetworkPolicy.class), "m-marketplace-api"))
        .contains(443);
    NetworkPolicy ofWorkers = of(example(WORKER).read(), NetworkPolicy.class).getFirst();
    assertThat(ofWorkers.getSpec().getPolicyTypes()).contains("Ingress");
    assertThat(ofWorkers.getSpec().getIngress()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"marketplace-api", "settlement"})
  void each_setting_of_a_service_is_one_that_it_has_and_compose_has_it_too(String name)
      throws Exception {
    Set<String> given = new TreeSet<>();
    for (Values values : matrix().filter(one -> one.chart().equals(MARKET)).toList()) {
      of(values.read(), Deployment.class).stream()
          .filter(one -> one.getMetadata().getName().equals("m-" + name))
          .flatMap(one ->
              one.getSpec().getTemplate().getSpec().getContainers().getFirst().getEnv().stream())
          .map(EnvVar::getName)
          .forEach(given::add);
    }
    assertThat(given).hasSizeGreaterThan(8).isSubsetOf(KnownSettings.of(name));

    Set<String> composed =
        new TreeSet<>(
            at(
                    new Yaml().load(Tree.read(Path.of("docker-compose.yml"))),
                    "services",
                    name,
                    "environment")
                .keySet());
    // Of one machine: where its programs share files, and patience that a developer has not.
    composed.removeIf(variable ->
        variable.equals("ASSAY_HOME")
            || variable.matches("MARKETPLACE_AUDIT_(EPOCHAGE|SPREAD)|SETTLEMENT_BATCH_.*"));
    assertThat(given).containsAll(composed);
  }

  @Test
  void a_schema_is_migrated_before_what_wants_it_starts_by_jobs_that_need_nothing_of_this_chart() {
    List<HasMetadata> all = example(MARKET).read();
    List<Job> jobs = of(all, Job.class);
    assertThat(jobs).hasSize(2);
    String run = Tree.read(Path.of("docker/run"));
    for (Job job : jobs) {
      assertThat(job.getMetadata().getAnnotations()).containsEntry(HOOK, "pre-install,pre-upgrade");
      PodSpec pod = job.getSpec().getTemplate().getSpec();
      assertThat(pod.getServiceAccountName()).isNull();
      assertThat(pod.getVolumes()).allMatch(volume -> volume.getEmptyDir() != null);
      assertThat(run).contains("\n  " + pod.getContainers().getFirst().getArgs().getFirst() + ")");
    }
    NetworkPolicy way =
        of(all, NetworkPolicy.class).stream()
            .filter(one -> one.getMetadata().getName().equals("m-migration"))
            .findFirst()
            .orElseThrow();
    assertThat(way.getMetadata().getAnnotations()).containsEntry(HOOK + "-weight", "-1");
  }

  @Test
  void each_program_of_a_pod_is_one_that_the_image_has() {
    String run = Tree.read(Path.of("docker/run"));
    for (Values values : List.of(example(MARKET), example(WORKER))) {
      for (PodSpec pod : pods(values.read())) {
        for (Container container : pod.getContainers()) {
          if (container.getCommand().isEmpty()) {
            assertThat(run).contains("\n  %s) ".formatted(container.getArgs().getFirst()));
          }
        }
      }
    }
  }

  @Test
  void the_alerts_and_the_dashboards_are_those_of_the_files() {
    List<HasMetadata> all = example(MARKET).read();

    PrometheusRule expected = Monitoring.rules(Path.of("helm/assay/alerts/assay.yaml"));
    assertThat(rules(all)).isEqualTo(expected);
    Values elsewhere =
        new Values(
            "elsewhere", MARKET, Map.of("prometheusRule.runbookBase", "https://example.com/a/"));
    assertThat(rules(elsewhere.read()).groups())
        .allSatisfy(group ->
            assertThat(group.rules())
                .allSatisfy(one ->
                    assertThat(one.annotations().get("runbook_url"))
                        .startsWith("https://example.com/a/docs/operations/alerts.md#")));
    List<Path> dashboards =
        Tree.files(".json").stream()
            .filter(file -> file.startsWith("helm/assay/dashboards"))
            .toList();
    assertThat(dashboards).hasSize(4);
    Map<String, String> shown =
        of(all, ConfigMap.class).stream()
            .flatMap(map -> map.getData().entrySet().stream())
            .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    for (Path file : dashboards) {
      assertThat(shown.getOrDefault(file.getFileName().toString(), "").strip())
          .isEqualTo(Tree.read(file).strip());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "  selector:>  selectr:",
        "readOnlyRootFilesystem: true>readOnlyRootFileSystem: true",
        "- port: management>- prt: management",
        "minReplicas: 3>minReplicas: three",
        "kind: HorizontalPodAutoscaler>kind: HorizontalPodAutoScaler",
        "apiVersion: apps/v1>apiVersion: apps/v3",
        "policyTypes: [>policyType: [",
        "interval: 15s>intervall: 15s"
      })
  void a_slip_of_the_pen_is_noticed(String slip) {
    String[] parts = slip.split(">", 2);
    String rendered = example(MARKET).render();
    assertThat(rendered).contains(parts[0]);

    assertThatThrownBy(() -> StrictManifests.read(rendered.replace(parts[0], parts[1])))
        .isInstanceOf(AssertionError.class);
  }

  static Stream<Values> refused() {
    return Stream.of(
        new Values("replica", MARKET, Map.of("marketplaceApi.replica", 3)),
        new Values("replicas", MARKET, Map.of("marketplaceApi.replicas", 0)),
        new Values("origins", MARKET, Map.of("marketplaceApi.origins[0]", "market.example.com")),
        new Values(
            "signer", MARKET, Map.of("settlement.signer.web3signer.url", "http://web3signer:9000")),
        new Values("digest", MARKET, Map.of("image.digest", "sha256:12")),
        new Values(
            "url", MARKET, Map.of("database.url", "jdbc:postgresql://user:password@host:5432/a")),
        new Values("lower-case", MARKET, Map.of("settlement.settings.lower-case", "x")),
        new Values("database.url", MARKET, Map.of("database.url", "")),
        new Values(
            "settlement.signer", MARKET, Map.of("settlement.signer.keystore.existingSecret", "")),
        new Values("worker", WORKER, Map.of("worker", "")),
        new Values("market", WORKER, Map.of("market", "market.example.com")));
  }

  @ParameterizedTest
  @MethodSource("refused")
  void a_value_that_cannot_be_meant_is_refused_by_name(Values values) {
    assertThatThrownBy(values::render)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(values.name());
  }

  @Test
  void helm_has_nothing_to_say_against_them() {
    for (Path chart : List.of(MARKET, WORKER)) {
      var found = new Helm(chart).lint().strict().call();
      assertThat(found.isFailed()).as(found.getMessages().toString()).isFalse();
    }
  }

  @Test
  void the_examples_of_the_servers_fit_the_example_of_the_chart() {
    var values = example(MARKET).render();
    Map<String, Object> database =
        document("helm/assay/examples/postgresql.yaml", "postgresql.cnpg.io/v1", "Cluster");
    Map<String, Object> kafka =
        document("helm/assay/examples/kafka.yaml", "kafka.strimzi.io/v1", "Kafka");

    assertThat(values)
        .contains("jdbc:postgresql://%s-rw:5432/assay".formatted(nameOf(database)))
        .contains("%s-kafka-bootstrap:9092".formatted(nameOf(kafka)))
        .contains("cnpg.io/cluster: " + nameOf(database))
        .contains("strimzi.io/cluster: " + nameOf(kafka));
    for (String secret : List.of("assay-marketplace", "assay-settlement")) {
      assertThat(values).contains(secret);
      assertThat(database.toString()).contains("passwordSecret={name=%s}".formatted(secret));
    }
  }

  private static Map<String, Object> document(String file, String version, String kind) {
    for (Object one : StrictManifests.documents(Tree.read(Path.of(file)))) {
      @SuppressWarnings("unchecked")
      var document = (Map<String, Object>) one;
      if (version.equals(document.get("apiVersion")) && kind.equals(document.get("kind"))) {
        return document;
      }
    }
    throw new AssertionError("%s has no %s %s".formatted(file, version, kind));
  }

  private static PrometheusRule rules(List<HasMetadata> all) {
    return of(all, GenericKubernetesResource.class).stream()
        .map(Monitoring::spec)
        .filter(PrometheusRule.class::isInstance)
        .map(PrometheusRule.class::cast)
        .findFirst()
        .orElseThrow();
  }

  private static String nameOf(Map<String, Object> document) {
    return String.valueOf(at(document, "metadata").get("name"));
  }

  /** What stands at a place of a document. */
  @SuppressWarnings("unchecked")
  private static Map<String, Object> at(Map<String, Object> document, String... names) {
    Map<String, Object> place = document;
    for (String name : names) {
      place = (Map<String, Object>) Objects.requireNonNull(place.get(name), name);
    }
    return place;
  }

  private static void assertSelects(List<Map<String, String>> pods, Map<String, String> selector) {
    assertThat(selector).isNotEmpty();
    assertThat(pods).anyMatch(labels -> labels.entrySet().containsAll(selector.entrySet()));
  }

  private static Set<Integer> egressPorts(List<NetworkPolicy> policies, String name) {
    return policies.stream()
        .filter(one -> one.getMetadata().getName().equals(name))
        .flatMap(one -> one.getSpec().getEgress().stream())
        .flatMap(rule -> rule.getPorts().stream())
        .map(port -> port.getPort().getIntVal())
        .collect(Collectors.toCollection(HashSet::new));
  }

  private static <T> List<T> of(List<HasMetadata> all, Class<T> kind) {
    return all.stream().filter(kind::isInstance).map(kind::cast).toList();
  }

  private static List<String> names(List<HasMetadata> all) {
    return all.stream().map(one -> one.getKind() + "/" + one.getMetadata().getName()).toList();
  }

  private static Map<String, String> podLabels(HasMetadata one) {
    return switch (one) {
      case Deployment it -> it.getSpec().getTemplate().getMetadata().getLabels();
      case StatefulSet it -> it.getSpec().getTemplate().getMetadata().getLabels();
      case Job it -> it.getSpec().getTemplate().getMetadata().getLabels();
      case Pod it -> it.getMetadata().getLabels();
      default -> Map.of();
    };
  }

  private static List<PodSpec> lasting(List<HasMetadata> all) {
    List<PodSpec> pods = new ArrayList<>();
    of(all, Deployment.class).forEach(it -> pods.add(it.getSpec().getTemplate().getSpec()));
    of(all, StatefulSet.class).forEach(it -> pods.add(it.getSpec().getTemplate().getSpec()));
    return pods;
  }

  private static List<PodSpec> pods(List<HasMetadata> all) {
    List<PodSpec> pods = new ArrayList<>(lasting(all));
    of(all, Job.class).forEach(it -> pods.add(it.getSpec().getTemplate().getSpec()));
    of(all, Pod.class).forEach(it -> pods.add(it.getSpec()));
    return pods;
  }

  private static List<Container> containers(PodSpec pod) {
    return Stream.concat(pod.getInitContainers().stream(), pod.getContainers().stream()).toList();
  }

  private static List<Probe> probes(Container container) {
    return Stream.of(
            container.getStartupProbe(),
            container.getLivenessProbe(),
            container.getReadinessProbe())
        .filter(probe -> probe != null)
        .toList();
  }

  private static List<String> claims(List<HasMetadata> all) {
    return of(all, StatefulSet.class).stream()
        .flatMap(it -> it.getSpec().getVolumeClaimTemplates().stream())
        .map(claim -> claim.getMetadata().getName())
        .toList();
  }
}
