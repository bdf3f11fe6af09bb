package dev.assay.settlement.chain;

import java.time.Instant;

/**
 * A block by its place and its name: after a reorganisation the same number has another hash.
 *
 * @param hash {@code 0x} and 64 hexadecimal digits
 * @param timestamp the block's own time, which is not ours
 */
public record BlockRef(long number, String hash, Instant timestamp) {
  public boolean isSameAs(BlockRef other) {
    return number == other.number && hash.equals(other.hash);
  }
}
