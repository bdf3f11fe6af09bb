package dev.assay.settlement.chain;

/**
 * Every node that answered says that it will not take the transaction: it is in no pool of theirs.
 */
public final class SendRefused extends RuntimeException {
  SendRefused(String reason) {
    super(reason);
  }
}
