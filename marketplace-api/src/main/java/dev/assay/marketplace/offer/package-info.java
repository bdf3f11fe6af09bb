/** What workers sell: model, price, capacity, place. */
@ApplicationModule(allowedDependencies = {"model", "identity", "platform"})
@NullMarked
package dev.assay.marketplace.offer;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
