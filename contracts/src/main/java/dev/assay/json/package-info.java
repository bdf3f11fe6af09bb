/** How the market and its workers read JSON of each other: by one rule. */
@NullMarked
package dev.assay.json;

import org.jspecify.annotations.NullMarked;
