/**
 * Later looks at results: epochs are sealed, a beacon draws, verifiers execute again, a judge
 * decides, and what is cleared is paid.
 */
@ApplicationModule(
    allowedDependencies = {
      "attestation",
      "dispatch",
      "job",
      "matching",
      "model",
      "offer",
      "purse",
      "stake",
      "identity",
      "platform"
    })
@NullMarked
package dev.assay.marketplace.audit;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
