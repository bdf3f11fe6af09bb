package dev.assay.settlement.batch;

import dev.assay.protocol.TokenAmount;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * @param closeAt this many jobs close a batch at once
 * @param closeAfter a job waits no longer for company
 * @param mostJobs of one batch
 * @param dust a requester's jobs wait as long as they are worth less than this together
 * @param dustWaits and no longer than this
 * @param payOutFrom what an account has earned before it is paid out
 */
@ConfigurationProperties("settlement.batch")
record BatchSettings(
    @DefaultValue("1000") int closeAt,
    @DefaultValue("30s") Duration closeAfter,
    @DefaultValue("10000") int mostJobs,
    @DefaultValue("1000") TokenAmount dust,
    @DefaultValue("1h") Duration dustWaits,
    @DefaultValue("1000000") TokenAmount payOutFrom) {}
