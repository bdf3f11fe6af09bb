/**
 * What no process takes from the system by itself, so that tests can decide it: identifiers, and
 * the named points at which a process can be made to die. Time is {@link java.time.Clock}, chance
 * is {@link java.util.random.RandomGenerator}; both are injected.
 */
@NullMarked
package dev.assay.determinism;

import org.jspecify.annotations.NullMarked;
