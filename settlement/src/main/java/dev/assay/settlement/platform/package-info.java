/** What every module stands on: time, chance, scheduling. */
@ApplicationModule(
    type = ApplicationModule.Type.OPEN,
    allowedDependencies = {})
@NullMarked
package dev.assay.settlement.platform;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
