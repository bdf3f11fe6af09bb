package dev.assay.marketplace.parameter;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * @param delay from the approval of a change until it is in force; until then it can be withdrawn
 */
@ConfigurationProperties("marketplace.parameters")
record ParameterSettings(@DefaultValue("10m") Duration delay) {}
