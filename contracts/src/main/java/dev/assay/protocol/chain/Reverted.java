package dev.assay.protocol.chain;

/** A contract refused a call, and said why. */
public final class Reverted extends RuntimeException {
  private final transient ContractError error;

  public Reverted(ContractError error) {
    super("The contract refused: " + error);
    this.error = error;
  }

  public ContractError error() {
    return error;
  }
}
