/** The workers' door: leases are asked for, given, kept alive and given back here. */
@ApplicationModule(
    allowedDependencies = {
      "matching",
      "job",
      "offer",
      "parameter",
      "pause",
      "worker",
      "stake",
      "identity",
      "platform"
    })
@NullMarked
package dev.assay.marketplace.dispatch;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
