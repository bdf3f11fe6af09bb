package dev.assay.marketplace.platform;

import dev.assay.determinism.Ids;
import java.util.UUID;
import org.springframework.stereotype.Component;

/** Names this process among those that serve the market; another after each start. */
@Component
public class ReplicaId {
  private final UUID id;

  ReplicaId(Ids ids) {
    this.id = ids.next();
  }

  public UUID id() {
    return id;
  }
}
