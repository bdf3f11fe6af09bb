/** Workers that cheat: the whole agent, but for its model. */
@NullMarked
package dev.assay.quickstart.cheat;

import org.jspecify.annotations.NullMarked;
