package dev.assay.agent.market;

import dev.assay.protocol.Digest;
import dev.assay.protocol.content.ProfileClass;
import java.util.Set;

/** A model that a market knows, and the classes of runtime that may serve it there. */
public record KnownModel(String name, Digest digest, Set<ProfileClass> profiles) {
  public KnownModel {
    profiles = Set.copyOf(profiles);
  }
}
