package dev.assay.marketplace.worker;

import dev.assay.protocol.WalletAddress;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import java.time.Instant;

/** A wallet that has asked this market for work. */
@Entity
class Worker {
  @Id private String address;

  @Column(nullable = false)
  private String agentVersion;

  @Column(nullable = false)
  private Instant enrolledAt;

  /** For JPA. */
  @SuppressWarnings("NullAway.Init")
  protected Worker() {}

  WalletAddress address() {
    return new WalletAddress(address);
  }

  String agentVersion() {
    return agentVersion;
  }

  Instant enrolledAt() {
    return enrolledAt;
  }
}
