package dev.assay.marketplace.platform;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * @param silence after which a replica counts as dead; several beats, of which one may be late
 */
@ConfigurationProperties("marketplace.replicas")
record ReplicaSettings(@DefaultValue("3s") Duration silence) {}
