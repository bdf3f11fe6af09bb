package dev.assay.marketplace.seeded;

import java.nio.file.Files;
import java.nio.file.Path;

class Judge {
  boolean isValid(Path evidence) {
    return Files.exists(evidence);
  }
}
