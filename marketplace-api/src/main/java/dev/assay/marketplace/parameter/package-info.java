/** What operators may change while the market runs, two of them together and within bounds. */
@ApplicationModule(allowedDependencies = "platform")
@NullMarked
package dev.assay.marketplace.parameter;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
