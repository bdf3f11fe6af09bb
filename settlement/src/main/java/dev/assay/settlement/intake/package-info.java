/** Makes the effect of each event happen once, however often and in whatever order it arrives. */
@ApplicationModule(allowedDependencies = "platform")
@NullMarked
package dev.assay.settlement.intake;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
