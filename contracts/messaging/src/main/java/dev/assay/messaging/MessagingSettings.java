package dev.assay.messaging;

import java.time.Duration;
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
 */
@ConfigurationProperties("messaging")
record MessagingSettings(
    @DefaultValue("20s") Duration acknowledgement,
    @DefaultValue("6") int partitions,
    @DefaultValue("1") short replicas,
    @DefaultValue("500") int batch,
    @DefaultValue("8") int tries,
    @DefaultValue("60") int earlyTries) {}
