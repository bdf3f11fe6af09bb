/** A market that is played through by honest and dishonest parties, under the real rules. */
@NullMarked
package dev.assay.quickstart.economics;

import org.jspecify.annotations.NullMarked;
