package dev.assay.quickstart.bench.baseline;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import jakarta.persistence.Transient;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.data.domain.Persistable;

/** A job as the simplest service would keep it. */
@Entity
@Table(name = "baseline_job", schema = "bench")
class JobRow implements Persistable<UUID> {
  @Id private UUID id = new UUID(0, 0);

  @Column(nullable = false)
  private String model = "";

  @Column(nullable = false)
  private String text = "";

  /** So that nothing is selected before the insert. */
  @Transient private boolean isNew;

  /** For Hibernate. */
  protected JobRow() {}

  JobRow(UUID id, String model, String text) {
    this.id = id;
    this.model = model;
    this.text = text;
    this.isNew = true;
  }

  @Override
  public @Nullable UUID getId() {
    return id;
  }

  @Override
  public boolean isNew() {
    return isNew;
  }
}
