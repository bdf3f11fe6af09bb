/** Violations that the rules of the house must refuse; see ArchitectureTests. */
@NullMarked
package dev.assay.settlement.seeded;

import org.jspecify.annotations.NullMarked;
