package dev.assay.protocol.chain;

import dev.assay.protocol.Bytes;
import java.util.Map;

/**
 * Why a contract refused.
 *
 * @param name of the custom error, such as {@code Stale}; {@code Error} and {@code Panic} are
 *     Solidity's own; {@code Unknown} is none that we know, with its bytes as {@code data}
 * @param values by the names in the contract's declaration
 */
public record ContractError(String name, Values values) {
  /** Nothing came back: out of gas, no such function, or a bare revert. */
  static final ContractError SILENT = new ContractError("Silent", new Values(Map.of()));

  /**
   * @param data what a reverted call returned
   */
  public static ContractError decode(Bytes data) {
    return ErrorType.decode(data);
  }

  static ContractError unknown(Bytes data) {
    return new ContractError("Unknown", new Values(Map.of("data", data.toBytes())));
  }

  @Override
  public String toString() {
    return name + "(" + values + ")";
  }
}
