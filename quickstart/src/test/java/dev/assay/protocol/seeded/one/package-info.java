/** Half of a circle that the rules of the house must refuse; see ArchitectureTests. */
@NullMarked
package dev.assay.protocol.seeded.one;

import org.jspecify.annotations.NullMarked;
