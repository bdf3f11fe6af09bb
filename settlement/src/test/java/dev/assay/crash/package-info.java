/** Deaths of settlement at every named point, and lies of its node: paid once all the same. */
@NullMarked
package dev.assay.crash;

import org.jspecify.annotations.NullMarked;
