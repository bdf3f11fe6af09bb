package dev.assay.settlement.watch;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * @param blocks how many are read at once
 */
@ConfigurationProperties("settlement.watch")
record WatchSettings(@DefaultValue("1000") int blocks) {}
