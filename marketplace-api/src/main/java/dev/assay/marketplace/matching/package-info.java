/** Who gets which job: policies, scores and the floor where open jobs and free workers meet. */
@ApplicationModule(allowedDependencies = {"job", "offer", "pause", "stake", "platform"})
@NullMarked
package dev.assay.marketplace.matching;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
