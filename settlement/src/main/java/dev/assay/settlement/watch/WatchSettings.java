package dev.assay.settlement.watch;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * @param blocks how many are read at once, at most
 * @param finalWithin how long the head may move on without another block becoming final, before
 *     nothing new is sent
 * @param readWithin how long the nodes may not let the chain be read on, before nothing new is sent
 */
@ConfigurationProperties("settlement.watch")
record WatchSettings(
    @DefaultValue("1000") int blocks,
    @DefaultValue("30m") Duration finalWithin,
    @DefaultValue("1m") Duration readWithin) {}
