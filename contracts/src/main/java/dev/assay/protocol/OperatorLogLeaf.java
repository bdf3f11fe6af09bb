package dev.assay.protocol;

/**
 * How the log of operators ended when an epoch was sealed: a leaf beside the epoch's canaries. As
 * OpenZeppelin's tree hashes {@code uint64, bytes32}; a {@link CanaryLeaf} has three times as many
 * bytes.
 *
 * @param number of the log's last row; 0 for none
 * @param head the hash of that row; zero for none
 */
public record OperatorLogLeaf(long number, Digest head) {
  /**
   * @throws IllegalArgumentException for a number out of its range
   */
  public OperatorLogLeaf {
    Check.range("number", number, 0, Check.MAX_SAFE);
  }

  public Digest hash() {
    return new Words(2).number(number).digest(head).leaf();
  }
}
