/** Pays for results: checks each by itself, nets many of them into one transaction. */
@ApplicationModule(
    allowedDependencies = {"chain", "court", "intake", "platform", "transaction", "watch"})
@NullMarked
package dev.assay.settlement.batch;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
