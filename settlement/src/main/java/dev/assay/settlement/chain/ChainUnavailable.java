package dev.assay.settlement.chain;

import org.jspecify.annotations.Nullable;

/**
 * The node gave no answer that can be relied on. Nothing is known of what was asked: not a "no".
 */
public class ChainUnavailable extends RuntimeException {
  ChainUnavailable(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
