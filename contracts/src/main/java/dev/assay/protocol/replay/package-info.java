/**
 * Runs light models again with the same bits on every machine that has a JVM, so that anybody can
 * check a verdict: the arbiter on appeal, and the maker of canaries' answers.
 */
@NullMarked
package dev.assay.protocol.replay;

import org.jspecify.annotations.NullMarked;
