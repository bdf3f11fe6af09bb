/**
 * Traces that are written down beside what they are of, so that another process goes on with them.
 */
@NullMarked
package dev.assay.tracing;

import org.jspecify.annotations.NullMarked;
