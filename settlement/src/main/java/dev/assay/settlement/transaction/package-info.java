/**
 * The one sender: signs, writes down, then sends; one transaction in flight; what the chain shows
 * decides, never a missing answer.
 */
@ApplicationModule(allowedDependencies = {"chain", "platform"})
@NullMarked
package dev.assay.settlement.transaction;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
