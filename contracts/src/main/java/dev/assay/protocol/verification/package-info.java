/**
 * Whether an answer is what it claims to be: pure rules that workers, verifiers, the market and
 * strangers apply to the same evidence with the same result. No input passes because it could not
 * be read.
 */
@NullMarked
package dev.assay.protocol.verification;

import org.jspecify.annotations.NullMarked;
