/** Requesters' money: what they may spend, what is reserved for jobs, what workers have earned. */
@ApplicationModule(allowedDependencies = {"identity", "platform"})
@NullMarked
package dev.assay.marketplace.purse;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
