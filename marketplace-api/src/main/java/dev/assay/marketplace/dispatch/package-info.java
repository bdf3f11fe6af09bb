/** The workers' door: leases are asked for here, and given. */
@ApplicationModule(allowedDependencies = {"identity", "worker", "platform"})
@NullMarked
package dev.assay.marketplace.dispatch;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
