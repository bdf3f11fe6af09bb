/** Violations that the rules of the house must refuse; see ArchitectureTests. */
@NullMarked
package dev.assay.protocol.seeded;

import org.jspecify.annotations.NullMarked;
