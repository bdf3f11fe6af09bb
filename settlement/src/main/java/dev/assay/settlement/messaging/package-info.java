/** Everything that enters from Kafka; the only package that knows Kafka. */
@ApplicationModule(allowedDependencies = {"watch", "platform"})
@NullMarked
package dev.assay.settlement.messaging;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
