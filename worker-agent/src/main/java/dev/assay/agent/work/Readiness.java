package dev.assay.agent.work;

import dev.assay.agent.backend.InferenceBackend;
import dev.assay.agent.backend.ServedModel;
import dev.assay.protocol.Digest;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Which models can be run now. A runtime is somebody else's process, and may be gone: one that
 * failed on a job is asked what it has, and what it does not have is not sold until it has it
 * again. A job on which it fails though it has the model is the job's fault.
 */
final class Readiness {
  private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(5);

  private final Log log;

  /** Who failed, and has not answered since. */
  private final Set<InferenceBackend> suspects = new LinkedHashSet<>();

  /** What is missing, by who should have it. */
  private final Map<InferenceBackend, Set<Digest>> missing = new LinkedHashMap<>();

  private long lastLook; // nothing is missing before the first

  Readiness(Log log) {
    this.log = log;
  }

  /** It failed on a job. */
  void suspect(InferenceBackend backend) {
    suspects.add(backend);
  }

  /** Who is to be asked now, if anybody is; at once after a failure. */
  Optional<InferenceBackend> due() {
    boolean isRested = System.nanoTime() - lastLook >= BETWEEN_LOOKS.toNanos();
    return suspects.stream()
        .findFirst()
        .or(() -> isRested ? missing.keySet().stream().findFirst() : Optional.empty());
  }

  /**
   * What it can run now.
   *
   * @return whether that is something else than before
   */
  boolean heard(InferenceBackend backend, Set<Digest> ready) {
    lastLook = System.nanoTime();
    suspects.remove(backend);
    Set<Digest> gone =
        backend.models().stream().map(ServedModel::digest).collect(Collectors.toSet());
    gone.removeAll(ready);
    Set<Digest> before = missing.remove(backend); // who was asked last comes last
    if (!gone.isEmpty()) {
      missing.put(backend, gone);
    }
    if (gone.equals(before == null ? Set.of() : before)) {
      return false;
    }
    if (gone.isEmpty()) {
      log.info(backend.name() + " runs its models again.");
    } else {
      log.warn(words(backend, gone) + " What it does not run is not sold until it does.");
    }
    return true;
  }

  boolean isReady(Catalogue.Entry entry) {
    return isReady(entry.backend(), entry.model().digest());
  }

  boolean isReady(InferenceBackend backend, Digest model) {
    return !missing.getOrDefault(backend, Set.of()).contains(model);
  }

  /** Whether it may be found gone: nothing more is begun until that is known. */
  boolean isSuspect(InferenceBackend backend) {
    return suspects.contains(backend);
  }

  /** What is missing, as sentences. */
  List<String> words() {
    return missing.entrySet().stream()
        .map(entry -> words(entry.getKey(), entry.getValue()))
        .toList();
  }

  private static String words(InferenceBackend backend, Set<Digest> gone) {
    return gone.size() == backend.models().size()
        ? backend.name() + " does not run its models."
        : backend.models().stream()
            .filter(model -> gone.contains(model.digest()))
            .map(model -> model.manifest().name())
            .collect(Collectors.joining(", ", backend.name() + " does not run ", "."));
  }
}
