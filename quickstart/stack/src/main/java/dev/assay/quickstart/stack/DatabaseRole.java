package dev.assay.quickstart.stack;

import java.util.Locale;

/** Who logs in to PostgreSQL; each owns a schema of its own name and sees no other. */
public enum DatabaseRole {
  MARKETPLACE,
  SETTLEMENT;

  /** Its name in SQL, and that of its schema. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
