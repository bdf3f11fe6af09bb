package dev.assay.agent.cli;

import dev.assay.agent.backend.InferenceBackend;
import dev.assay.agent.backend.OnnxEmbeddings;
import dev.assay.agent.backend.OpenAiRuntime;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The backends that the settings ask for and the machine has. */
final class Backends implements AutoCloseable {
  private final List<InferenceBackend> all;
  private final List<String> notes;

  private Backends(List<InferenceBackend> all, List<String> notes) {
    this.all = List.copyOf(all);
    this.notes = List.copyOf(notes);
  }

  /**
   * Looks for runtimes as the settings say.
   *
   * @param home where weights are unpacked to
   */
  static Backends find(Settings settings, Path home) throws InterruptedException {
    List<InferenceBackend> all = new ArrayList<>();
    List<String> notes = new ArrayList<>();
    if (settings.embedded()) {
      all.add(new OnnxEmbeddings(home.resolve("models")));
    }
    List<URI> candidates =
        settings.looksForRuntimes()
            ? OpenAiRuntime.USUAL_PLACES
            : settings.runtime().stream().toList();
    for (URI candidate : candidates) {
      switch (OpenAiRuntime.probe(candidate)) {
        case OpenAiRuntime.Probe.Found(OpenAiRuntime runtime) -> {
          all.add(runtime);
          notes.add("Found %s with %d models.".formatted(runtime.name(), runtime.models().size()));
        }
        case OpenAiRuntime.Probe.Absent(String why) -> {
          if (!settings.looksForRuntimes()) {
            notes.add("There is no runtime at %s: %s.".formatted(candidate, why));
          }
        }
      }
    }
    return new Backends(all, notes);
  }

  List<InferenceBackend> all() {
    return all;
  }

  /** What was found, for the log. */
  List<String> notes() {
    return notes;
  }

  @Override
  public void close() {
    all.forEach(InferenceBackend::close);
  }
}
