package dev.assay.protocol.chain;

/**
 * What a transaction offers for each unit of gas (EIP-1559), in wei.
 *
 * @param most base fee and tip together, at most
 * @param tip for whoever makes the block
 */
public record Fees(long most, long tip) {
  /**
   * @throws IllegalArgumentException if negative, or if the tip is above the whole
   */
  public Fees {
    if (tip < 0 || most < tip) {
      throw new IllegalArgumentException(
          "A tip is 0 to what is offered at most, %d wei, not %d.".formatted(most, tip));
    }
  }
}
