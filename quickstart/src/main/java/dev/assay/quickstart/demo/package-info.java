/**
 * What {@code assay demo} buys, finds in it and shows: texts, a search by meaning, a screen. Knows
 * nothing of processes or of the market.
 */
@NullMarked
package dev.assay.quickstart.demo;

import org.jspecify.annotations.NullMarked;
