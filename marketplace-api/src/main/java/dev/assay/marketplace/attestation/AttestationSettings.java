package dev.assay.marketplace.attestation;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * @param retention how long outputs are kept after their job's deadline
 * @param queued how many results may wait to be written
 * @param together how many one transaction writes
 */
@ConfigurationProperties("marketplace.attestation")
record AttestationSettings(
    @DefaultValue("7d") Duration retention,
    @DefaultValue("16384") int queued,
    @DefaultValue("128") int together) {}
