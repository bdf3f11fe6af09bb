package dev.assay.marketplace.dispatch;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * @param heartbeat how often an executing worker says that it lives; three missed end a lease
 * @param tries how many workers may fail on a job before it is given up and its money released
 * @param attempts how often a job is leased at most, clean hand-backs included
 * @param queued how many leases may wait to be written
 * @param together how many one transaction writes
 * @param streamedTogether how much streamed output may be kept at a time; a stream beyond is
 *     refused, its result is not
 * @param stealAfter how long each replica's turn at a waiting job lasts, the first of the one that
 *     has it
 * @param hedgeFloor no lease is hedged before it is so old
 * @param hedgePercent of all leases that may be hedges
 */
@ConfigurationProperties("marketplace.dispatch")
record DispatchSettings(
    @DefaultValue("10s") Duration heartbeat,
    @DefaultValue("3") int tries,
    @DefaultValue("16") int attempts,
    @DefaultValue("16384") int queued,
    @DefaultValue("256") int together,
    @DefaultValue("64MB") DataSize streamedTogether,
    @DefaultValue("20ms") Duration stealAfter,
    @DefaultValue("1s") Duration hedgeFloor,
    @DefaultValue("5") int hedgePercent) {
  private static final int MISSED = 3;

  Duration silence() {
    return heartbeat.multipliedBy(MISSED);
  }
}
