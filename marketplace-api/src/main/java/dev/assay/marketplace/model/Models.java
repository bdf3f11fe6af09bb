package dev.assay.marketplace.model;

import dev.assay.protocol.Digest;
import dev.assay.protocol.content.KnownModels;
import dev.assay.protocol.content.ProfileClass;
import dev.assay.protocol.content.VerificationCode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/** All models of this market; fixed while it runs. */
@Component
public class Models {
  private final List<Model> all;
  private final Map<String, Model> byName;
  private final Map<Digest, Model> byDigest;

  Models(ModelSettings settings) {
    var minilm = KnownModels.ALL_MINILM_L6_V2;
    List<Model> models = new ArrayList<>();
    models.add(
        new Model(
            minilm.digest(),
            minilm,
            Set.of(ProfileClass.F32_CPU),
            VerificationCode.TOLERANCE_VECTOR));
    settings.models().stream().map(ModelSettings.Served::model).forEach(models::add);
    models.sort(Comparator.comparing(Model::name));
    this.all = List.copyOf(models);
    // Two of one name or digest would make requests ambiguous: the start fails and names them.
    this.byName = models.stream().collect(Collectors.toMap(Model::name, Function.identity()));
    this.byDigest = models.stream().collect(Collectors.toMap(Model::digest, Function.identity()));
  }

  /** By name. */
  public List<Model> all() {
    return all;
  }

  public Optional<Model> named(String name) {
    return Optional.ofNullable(byName.get(name));
  }

  public Optional<Model> of(Digest digest) {
    return Optional.ofNullable(byDigest.get(digest));
  }
}
