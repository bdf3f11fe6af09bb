package dev.assay.marketplace.platform;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * Bounds of what is read from a caller. The JSON parser's own bounds are under {@code
 * spring.jackson.factory.constraints} and the container's under {@code server}.
 *
 * @param maxBody bytes of a request body, whether or not its length was announced
 * @param maxResults the same of {@code /worker/v1/results}: vectors are larger than their texts
 * @param maxStream the same of the stream of an attempt
 * @param maxFile the same of {@code /v1/files}; {@code spring.servlet.multipart} bounds the file
 * @param largeAtOnce how many bodies larger than {@code maxBody} are held in memory at a time; the
 *     next is refused for now
 */
@ConfigurationProperties("marketplace.input")
record InputSettings(
    @DefaultValue("256KB") DataSize maxBody,
    @DefaultValue("4MB") DataSize maxResults,
    @DefaultValue("8MB") DataSize maxStream,
    @DefaultValue("17MB") DataSize maxFile,
    @DefaultValue("32") int largeAtOnce) {}
