/**
 * What requesters, workers, contracts and services must agree on byte for byte. Knows the JDK, JSON
 * annotations and hashing only: no Spring, no persistence, no network.
 */
@NullMarked
package dev.assay.protocol;

import org.jspecify.annotations.NullMarked;
