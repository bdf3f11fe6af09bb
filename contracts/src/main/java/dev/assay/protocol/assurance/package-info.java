/** How sure one may be of a result: the number that comes with it. See docs/assurance.md. */
@NullMarked
package dev.assay.protocol.assurance;

import org.jspecify.annotations.NullMarked;
