/**
 * Settlement: the only server process that talks to a chain, and the only one that will hold a key.
 */
@NullMarked
package dev.assay.settlement;

import org.jspecify.annotations.NullMarked;
