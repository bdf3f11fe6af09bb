package dev.assay.messaging;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * @param acknowledgement how long Kafka may take to acknowledge a record; longer than the
 *     producer's own delivery timeout, so that the producer gives up first and says why
 * @param partitions of each topic that is created here
 * @param replicas of each topic that is created here
 * @param batch how many failed events are handed over again at once
 * @param tries how often a record whose effect fails for no known cause is tried again
 * @param earlyTries how often one is tried again that came before what it speaks of
 * @param secretFile lines of {@code 0x} and 64 hexadecimal digits, the same for both services: by
 *     the first a record is marked, by each it is believed. Without it whoever may write into Kafka
 *     is believed
 * @param macRequired whether a record without a mark is refused; off only while not all processes
 *     have the secret yet
 */
@ConfigurationProperties("messaging")
record MessagingSettings(
    @DefaultValue("20s") Duration acknowledgement,
    @DefaultValue("6") int partitions,
    @DefaultValue("1") short replicas,
    @DefaultValue("500") int batch,
    @DefaultValue("8") int tries,
    @DefaultValue("60") int earlyTries,
    @Nullable Path secretFile,
    @DefaultValue("true") boolean macRequired) {}
