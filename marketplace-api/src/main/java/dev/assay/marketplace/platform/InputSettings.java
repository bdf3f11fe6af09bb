package dev.assay.marketplace.platform;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * Bounds of what is read from a caller. The JSON parser's own bounds are under {@code
 * spring.jackson.factory.constraints} and the container's under {@code server}.
 *
 * @param maxBody bytes of a request body, whether or not its length was announced
 */
@ConfigurationProperties("marketplace.input")
record InputSettings(@DefaultValue("256KB") DataSize maxBody) {}
