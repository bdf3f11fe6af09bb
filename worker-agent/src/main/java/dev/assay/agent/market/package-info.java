/** The worker's side of its link to the market: outbound HTTP, every answer turned into a value. */
@NullMarked
package dev.assay.agent.market;

import org.jspecify.annotations.NullMarked;
