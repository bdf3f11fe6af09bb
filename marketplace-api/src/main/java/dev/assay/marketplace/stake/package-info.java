/** What the chain says of workers: their bonds, and which keys sign for them. */
@ApplicationModule(allowedDependencies = "platform")
@NullMarked
package dev.assay.marketplace.stake;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
