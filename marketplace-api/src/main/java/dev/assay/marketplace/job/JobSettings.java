package dev.assay.marketplace.job;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * @param retention how long inputs and outputs are kept after a job's deadline
 * @param released how long an input is kept of which all jobs ended without a result
 * @param longest the most time that a requester may give a job
 * @param waiting the longest that {@code Prefer: wait} is honoured
 * @param queued how many posts may wait to be written; the next is refused
 * @param together how many posts one transaction writes
 * @param openPerRequester how many jobs without an end one requester may have; several API
 *     processes that take posts of one at the same moment may let more in
 * @param inputsPerRequester how much the inputs of one requester may take that are kept; the same
 *     holds of it
 */
@ConfigurationProperties("marketplace.job")
record JobSettings(
    @DefaultValue("7d") Duration retention,
    @DefaultValue("1h") Duration released,
    @DefaultValue("7d") Duration longest,
    @DefaultValue("60s") Duration waiting,
    @DefaultValue("4096") int queued,
    @DefaultValue("128") int together,
    @DefaultValue("10000") int openPerRequester,
    @DefaultValue("16GB") DataSize inputsPerRequester) {}
