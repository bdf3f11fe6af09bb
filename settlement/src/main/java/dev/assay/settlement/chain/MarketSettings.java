package dev.assay.settlement.chain;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * @param file a {@link Market} as JSON; required unless a bean gives one
 */
@ConfigurationProperties("settlement.market")
record MarketSettings(@Nullable Path file) {}
