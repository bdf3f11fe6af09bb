package dev.assay.agent.backend;

import dev.assay.protocol.Digest;
import dev.assay.protocol.content.ModelManifest;
import dev.assay.protocol.content.ProfileClass;

/** A model and the class of runtime that it runs on here. */
public record ServedModel(ModelManifest manifest, ProfileClass profile) {
  public Digest digest() {
    return manifest.digest();
  }
}
