/** What operators have stopped, and why. */
@ApplicationModule(allowedDependencies = "platform")
@NullMarked
package dev.assay.marketplace.pause;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
