/**
 * PostgreSQL, Kafka and an EVM node, each as a real process of its own on this machine, that never
 * outlive the JVM that started them.
 */
@NullMarked
package dev.assay.quickstart.stack;

import org.jspecify.annotations.NullMarked;
