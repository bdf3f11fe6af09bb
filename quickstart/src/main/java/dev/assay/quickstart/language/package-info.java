/** A very small language model that the project makes itself, and the runtime that serves it. */
@NullMarked
package dev.assay.quickstart.language;

import org.jspecify.annotations.NullMarked;
