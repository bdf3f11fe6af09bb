/** Bodies of the HTTP link between a worker's agent and the marketplace. */
@NullMarked
package dev.assay.protocol.wire;

import org.jspecify.annotations.NullMarked;
