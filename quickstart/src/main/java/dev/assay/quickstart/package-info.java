/** Everything on one machine: the commands that start, watch, measure and remove it. */
@NullMarked
package dev.assay.quickstart;

import org.jspecify.annotations.NullMarked;
