/**
 * Holds our ledger against the chain at each final block; where they differ, nothing new is sent.
 */
@ApplicationModule(
    allowedDependencies = {"batch", "chain", "court", "platform", "transaction", "watch"})
@NullMarked
package dev.assay.settlement.reconcile;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
