package dev.assay.settlement.messaging;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * @param tries how often a record whose effect fails for no known cause is tried again
 * @param replicas of each topic that is created here
 */
@ConfigurationProperties("settlement.messaging")
record DeliverySettings(@DefaultValue("8") int tries, @DefaultValue("1") short replicas) {}
