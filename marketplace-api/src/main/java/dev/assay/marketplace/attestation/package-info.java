/** Signed results: checked against their lease, kept as evidence, and with them jobs end. */
@ApplicationModule(
    allowedDependencies = {
      "dispatch",
      "job",
      "purse",
      "matching",
      "offer",
      "stake",
      "identity",
      "platform"
    })
@NullMarked
package dev.assay.marketplace.attestation;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
