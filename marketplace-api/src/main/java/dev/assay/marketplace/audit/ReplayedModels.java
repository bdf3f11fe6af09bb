package dev.assay.marketplace.audit;

import dev.assay.marketplace.model.Model;
import dev.assay.protocol.Digest;
import dev.assay.protocol.content.JobKind;
import dev.assay.protocol.replay.ModelFiles;
import dev.assay.protocol.replay.StrictReplay;
import java.io.UncheckedIOException;
import java.lang.ref.SoftReference;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Models whose files this market has. One is loaded when somebody first asks for it, which takes a
 * second, and given up when memory is short.
 */
@Component
class ReplayedModels {
  private static final Logger LOG = LoggerFactory.getLogger(ReplayedModels.class);

  private final ModelFiles files;
  private final Map<Digest, SoftReference<StrictReplay>> loaded = new HashMap<>();
  private final Set<Digest> unusable = ConcurrentHashMap.newKeySet();

  ReplayedModels(StrictSettings settings) {
    this.files = new ModelFiles(ReplayedModels.class.getClassLoader(), settings.models());
  }

  /** Whether its files are here and of use, as far as is known without loading them. */
  boolean has(Model model) {
    return model.manifest().kind() == JobKind.EMBEDDINGS
        && !unusable.contains(model.digest())
        && files.has(model.manifest());
  }

  /** None if the files are not here, are not what the manifest says, or cannot be replayed. */
  synchronized Optional<StrictReplay> of(Model model) {
    SoftReference<StrictReplay> kept = loaded.get(model.digest());
    StrictReplay replay = kept == null ? null : kept.get();
    if (replay != null) {
      return Optional.of(replay);
    }
    if (!has(model)) {
      return Optional.empty();
    }
    try {
      StrictReplay fresh = StrictReplay.of(model.manifest(), files);
      loaded.put(model.digest(), new SoftReference<>(fresh));
      return Optional.of(fresh);
    } catch (IllegalArgumentException | UncheckedIOException e) {
      unusable.add(model.digest());
      LOG.atError()
          .setCause(e)
          .addKeyValue("model", model.name())
          .log(
              "A model cannot be replayed; put the manifest's files into marketplace.strict.models"
                  + " and start again");
      return Optional.empty();
    }
  }
}
