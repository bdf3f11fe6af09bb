/**
 * Bodies of what travels on Kafka between our own processes. Everything here can be rebuilt from
 * PostgreSQL; Kafka carries, it never stores.
 */
@NullMarked
package dev.assay.protocol.event;

import org.jspecify.annotations.NullMarked;
