/**
 * The rules by which results are chosen for audits and judged after them: pure, so that the market,
 * a simulation and a stranger come to the same decision from the same facts.
 */
@NullMarked
package dev.assay.protocol.audit;

import org.jspecify.annotations.NullMarked;
