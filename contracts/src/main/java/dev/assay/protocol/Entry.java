package dev.assay.protocol;

/** What one settlement takes from or gives to one account. */
public record Entry(AccountId account, TokenAmount amount) {
  /** uint32 account, uint64 amount. */
  static final int SIZE = 12;
}
