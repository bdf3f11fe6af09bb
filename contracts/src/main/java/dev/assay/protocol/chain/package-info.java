/**
 * The contracts as Java sees them: calls, answers, events and errors by name and type, and
 * transactions. Encodes and decodes only; how a node is reached is the matter of whoever implements
 * {@link dev.assay.protocol.chain.Chain}.
 */
@NullMarked
package dev.assay.protocol.chain;

import org.jspecify.annotations.NullMarked;
