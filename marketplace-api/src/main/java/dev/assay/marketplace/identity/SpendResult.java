package dev.assay.marketplace.identity;

import dev.assay.protocol.TokenAmount;

/** What came of a {@link KeySpend}. */
public sealed interface SpendResult {
  /** It is within the budget, or the key has none. */
  record Within() implements SpendResult {}

  /**
   * Nothing was spent.
   *
   * @param left what would have been within the budget
   */
  record Exhausted(TokenAmount left) implements SpendResult {}
}
