/**
 * Puts the contracts on a chain, gives every role and delay, and reads all of it back: a deployment
 * is what the chain says, not what was sent.
 */
@NullMarked
package dev.assay.protocol.deploy;

import org.jspecify.annotations.NullMarked;
