/**
 * Everything that leaves for Kafka and everything that enters from it; the only package that knows
 * Kafka.
 */
@ApplicationModule(
    allowedDependencies = {"audit", "job", "pause", "purse", "receipt", "stake", "platform"})
@NullMarked
package dev.assay.marketplace.messaging;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
