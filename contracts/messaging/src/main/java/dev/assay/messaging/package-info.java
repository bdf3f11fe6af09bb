/**
 * What both services do alike with Kafka: topics are made, events leave by the outbox, what fails
 * waits or is laid aside and brought back. A service tells its {@link EventTraffic} and imports
 * {@link MessagingConfiguration}.
 */
@NullMarked
package dev.assay.messaging;

import org.jspecify.annotations.NullMarked;
