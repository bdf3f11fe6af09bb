/** Jobs: quoted, posted, found, waited for, cancelled. Knows nothing of who does them. */
@ApplicationModule(
    allowedDependencies = {
      "model",
      "offer",
      "parameter",
      "pause",
      "purse",
      "stake",
      "identity",
      "platform"
    })
@NullMarked
package dev.assay.marketplace.job;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
