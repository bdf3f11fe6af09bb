/** Who works here: enrolment and what is known of each worker. */
@ApplicationModule(allowedDependencies = "platform")
@NullMarked
package dev.assay.marketplace.worker;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
