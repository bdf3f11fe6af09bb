/** What this service does at the Court: seals and draws of epochs, evidence, cases. */
@ApplicationModule(allowedDependencies = {"chain", "intake", "platform", "transaction", "watch"})
@NullMarked
package dev.assay.settlement.court;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
