package dev.assay.marketplace.offer;

import dev.assay.marketplace.model.Model;
import dev.assay.marketplace.model.Models;
import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.marketplace.platform.Refuses;
import dev.assay.protocol.Digest;
import dev.assay.protocol.content.ModelManifest;
import dev.assay.protocol.content.ProfileClass;
import dev.assay.protocol.content.UnitPrice;
import dev.assay.protocol.content.VerificationCode;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/** {@code /api/models}: what can be bought here, public. */
@RestController
class ModelController {
  private final Models models;
  private final Offers offers;

  ModelController(Models models, Offers offers) {
    this.models = models;
    this.offers = offers;
  }

  record ModelList(List<ModelBody> data) {}

  /**
   * @param workers that offer it
   * @param inputPrice the lowest asked for a million input units; null if nobody offers it
   */
  record ModelBody(
      String name,
      Digest digest,
      ModelManifest manifest,
      Set<ProfileClass> profiles,
      VerificationCode verification,
      int workers,
      @Nullable UnitPrice inputPrice,
      @Nullable UnitPrice outputPrice) {}

  /** The models that this market knows, and what they cost now. */
  @GetMapping("/api/models")
  ModelList models() {
    return new ModelList(models.all().stream().map(this::body).toList());
  }

  /**
   * One model.
   *
   * @param name as it stands, slashes and all
   */
  @Refuses(ProblemType.NOT_FOUND)
  @GetMapping("/api/models/{*name}")
  ModelBody model(@PathVariable String name) {
    return models
        .named(name.substring(1))
        .map(this::body)
        .orElseThrow(() ->
            new Problem(
                ProblemType.NOT_FOUND,
                "This market does not know that model. GET /api/models lists what it knows."));
  }

  private ModelBody body(Model model) {
    List<Offer> offered = offers.onMarket(model.digest());
    Optional<UnitPrice> input = offered.stream().map(Offer::inputPrice).min(UnitPrice::compareTo);
    Optional<UnitPrice> output = offered.stream().map(Offer::outputPrice).min(UnitPrice::compareTo);
    return new ModelBody(
        model.name(),
        model.digest(),
        model.manifest(),
        model.profiles(),
        model.method(),
        (int) offered.stream().map(Offer::worker).distinct().count(),
        input.orElse(null),
        output.orElse(null));
  }
}
