/**
 * Everything that enters from Kafka and everything that leaves for it; the only package that knows
 * Kafka.
 */
@ApplicationModule(allowedDependencies = {"batch", "court", "intake", "watch", "platform"})
@NullMarked
package dev.assay.settlement.messaging;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
