/**
 * What settlement keeps an eye on: the head of the chain, and the workers whose stake matters here.
 */
@ApplicationModule(allowedDependencies = {"chain", "intake", "platform"})
@NullMarked
package dev.assay.settlement.watch;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
