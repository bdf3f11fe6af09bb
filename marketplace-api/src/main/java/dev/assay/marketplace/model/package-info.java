/** The models that this market knows, by content. */
@ApplicationModule(allowedDependencies = "platform")
@NullMarked
package dev.assay.marketplace.model;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
