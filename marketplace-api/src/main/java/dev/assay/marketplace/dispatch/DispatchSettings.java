package dev.assay.marketplace.dispatch;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * @param heartbeat how often an executing worker says that it lives; three missed end a lease
 * @param tries how many workers may fail on a job before it is given up and its money released
 * @param attempts how often a job is leased at most, clean hand-backs included
 * @param queued how many leases may wait to be written
 * @param together how many one transaction writes
 */
@ConfigurationProperties("marketplace.dispatch")
record DispatchSettings(
    @DefaultValue("10s") Duration heartbeat,
    @DefaultValue("3") int tries,
    @DefaultValue("16") int attempts,
    @DefaultValue("16384") int queued,
    @DefaultValue("256") int together) {
  private static final int MISSED = 3;

  Duration silence() {
    return heartbeat.multipliedBy(MISSED);
  }
}
