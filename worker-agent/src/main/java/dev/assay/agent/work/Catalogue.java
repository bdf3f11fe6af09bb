package dev.assay.agent.work;

import dev.assay.agent.backend.InferenceBackend;
import dev.assay.agent.backend.ServedModel;
import dev.assay.agent.market.KnownModel;
import dev.assay.protocol.Digest;
import dev.assay.protocol.content.ProfileClass;
import dev.assay.protocol.content.UnitPrice;
import dev.assay.protocol.wire.OfferBook;
import dev.assay.protocol.wire.WorkerOffer;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/** What this machine can run, by what; the first backend that has a model runs it. */
public final class Catalogue {
  private static final int HELD_PER_SLOT = 16;

  private final Map<Key, Entry> entries = new LinkedHashMap<>();

  private record Key(Digest model, ProfileClass profile) {}

  /** A model and who runs it. */
  record Entry(ServedModel model, InferenceBackend backend) {}

  public Catalogue(Collection<? extends InferenceBackend> backends) {
    for (InferenceBackend backend : backends) {
      for (ServedModel model : backend.models()) {
        entries.putIfAbsent(new Key(model.digest(), model.profile()), new Entry(model, backend));
      }
    }
  }

  Optional<Entry> find(Digest model, ProfileClass profile) {
    return Optional.ofNullable(entries.get(new Key(model, profile)));
  }

  /** Those of {@code which} that a market knows as we do. */
  List<ServedModel> sellableAt(Collection<KnownModel> market, Predicate<Entry> which) {
    return entries.values().stream()
        .filter(which)
        .map(Entry::model)
        .filter(ours ->
            market.stream()
                .anyMatch(known ->
                    known.digest().equals(ours.digest())
                        && known.profiles().contains(ours.profile())))
        .limit(OfferBook.MAX_OFFERS)
        .toList();
  }

  /**
   * How many leases the worker holds of a model at most. Texts are embedded in milliseconds, less
   * than the market's next answer takes: some are leased ahead. Of chats, which last, only as many
   * as run.
   */
  private static int mostHeld(ServedModel model, int slots) {
    return switch (model.manifest().kind()) {
      case EMBEDDINGS -> Math.min(HELD_PER_SLOT * slots, WorkerOffer.MAX_CONCURRENCY / 2);
      case CHAT -> slots;
    };
  }

  /** The market counts what is done as well, until it has taken the result. */
  private static int offered(ServedModel model, int slots) {
    return switch (model.manifest().kind()) {
      case EMBEDDINGS -> 2 * mostHeld(model, slots);
      case CHAT -> slots;
    };
  }

  boolean isAny(Predicate<Entry> which) {
    return entries.values().stream().anyMatch(which);
  }

  /** How many leases the worker holds at most, of whatever model. */
  int mostHeld(int slots) {
    return entries.values().stream()
        .mapToInt(entry -> mostHeld(entry.model(), slots))
        .max()
        .orElse(slots);
  }

  /** Offers of models, all at one price. */
  static OfferBook offers(
      List<ServedModel> models,
      String region,
      UnitPrice inputPrice,
      UnitPrice outputPrice,
      int slots,
      boolean verifies) {
    return new OfferBook(
        region,
        models.stream()
            .map(model ->
                new WorkerOffer(
                    model.digest(),
                    model.profile(),
                    inputPrice,
                    outputPrice,
                    offered(model, slots)))
            .toList(),
        verifies);
  }

  /** Names of everything that could be run here. */
  List<String> names() {
    return entries.values().stream().map(entry -> entry.model().manifest().name()).toList();
  }
}
