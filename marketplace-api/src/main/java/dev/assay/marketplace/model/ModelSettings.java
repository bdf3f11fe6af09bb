package dev.assay.marketplace.model;

import dev.assay.protocol.Digest;
import dev.assay.protocol.content.JobKind;
import dev.assay.protocol.content.ModelManifest;
import dev.assay.protocol.content.ProfileClass;
import dev.assay.protocol.content.VerificationCode;
import java.util.List;
import java.util.Set;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * @param models that this market serves beside those that every market knows
 */
@ConfigurationProperties("marketplace")
record ModelSettings(@DefaultValue List<Served> models) {
  ModelSettings {
    models = List.copyOf(models);
  }

  /**
   * A model's manifest as it stands in configuration.
   *
   * @param context the most input units of one text or conversation
   */
  record Served(
      String name,
      JobKind kind,
      int context,
      Set<ProfileClass> profiles,
      VerificationCode method,
      List<File> files) {
    Model model() {
      var manifest =
          new ModelManifest(
              name,
              kind,
              context,
              files.stream()
                  .map(f -> new ModelManifest.ModelFile(f.path, f.size, Digest.parse(f.sha256)))
                  .toList());
      return new Model(manifest.digest(), manifest, profiles, method);
    }
  }

  /**
   * @param sha256 {@code 0x} and 64 hexadecimal digits
   */
  record File(String path, long size, String sha256) {}
}
