/**
 * The marketplace: requesters post jobs, workers take and answer them, admins watch. Holds no key.
 */
@NullMarked
package dev.assay.marketplace;

import org.jspecify.annotations.NullMarked;
