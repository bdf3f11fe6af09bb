package dev.assay.agent.backend;

import dev.assay.protocol.Digest;
import dev.assay.protocol.content.JobInput;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Something that runs models. Safe for several callers at a time. */
public interface InferenceBackend extends AutoCloseable {
  /** For the provider, such as {@code ONNX Runtime} or {@code Ollama at http://127.0.0.1:11434}. */
  String name();

  /** What it runs; fixed for as long as it lives. Asking loads nothing. */
  List<ServedModel> models();

  /**
   * Digests of those of {@link #models} that it can run now. Asks whoever runs them, a few seconds
   * at most.
   */
  default Set<Digest> ready() throws InterruptedException {
    return models().stream().map(ServedModel::digest).collect(Collectors.toSet());
  }

  /** Makes the model ready, so that the first job does not wait for it. */
  default void load(Digest model) throws BackendFailure, InterruptedException {}

  /**
   * Runs a model on one input. An interrupt ends it as soon as the runtime can be left.
   *
   * @param model digest of one of {@link #models}
   * @param listener hears a chat as it is made, and of what makes no texts nothing
   * @throws BackendFailure with words for the requester's match trace
   */
  Answer run(Digest model, JobInput input, OutputListener listener)
      throws BackendFailure, InterruptedException;

  /** Where nobody listens. */
  default Answer run(Digest model, JobInput input) throws BackendFailure, InterruptedException {
    return run(model, input, OutputListener.NOBODY);
  }

  @Override
  void close();
}
