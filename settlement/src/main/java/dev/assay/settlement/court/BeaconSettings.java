package dev.assay.settlement.court;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * @param secretFile {@code 0x} and 64 hexadecimal digits: whoever reads it knows every draw, so it
 *     is kept as a key
 * @param length of the chain, as it was anchored
 */
@ConfigurationProperties("settlement.beacon")
record BeaconSettings(@Nullable Path secretFile, @DefaultValue("65536") int length) {}
