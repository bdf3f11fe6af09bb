/**
 * What operators see and do: the log of it, the stops, and views over what all other modules write.
 * Nothing here moves money or decides about a result.
 */
@ApplicationModule(allowedDependencies = {"audit", "identity", "parameter", "pause", "platform"})
@NullMarked
package dev.assay.marketplace.admin;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
