/** Load, floors and checks for what {@code assay bench} measures; starts no market by itself. */
@NullMarked
package dev.assay.quickstart.bench;

import org.jspecify.annotations.NullMarked;
