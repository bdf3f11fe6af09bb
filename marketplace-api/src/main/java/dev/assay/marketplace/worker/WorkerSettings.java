package dev.assay.marketplace.worker;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * @param limit how many workers may enrol; the table and the memory that holds their names stay
 *     bounded by it
 */
@ConfigurationProperties("marketplace.worker")
record WorkerSettings(@DefaultValue("100000") int limit) {
  WorkerSettings {
    if (limit < 1) {
      throw new IllegalArgumentException("marketplace.worker.limit must be at least 1.");
    }
  }
}
