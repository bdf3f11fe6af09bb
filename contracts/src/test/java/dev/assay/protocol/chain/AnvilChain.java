package dev.assay.protocol.chain;

import dev.assay.json.JsonRpcChain;
import dev.assay.protocol.Bytes;
import dev.assay.protocol.Digest;
import dev.assay.protocol.WalletAddress;
import java.time.Duration;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** The chain of a test's own node, with what only such a node lets one do. */
public record AnvilChain(Anvil node) implements JsonRpcChain {
  @Override
  public JsonNode rpc(String method, Object... params) {
    return node.rpc(method, params);
  }

  /** Returns once it is in a block, which the node makes a moment after it took the transaction. */
  @Override
  public void send(SignedTransaction transaction) {
    node.rpc("eth_sendRawTransactionSync", transaction.raw().toString());
  }

  public Digest blockHash(long number) {
    return Digest.parse(block(JsonRpcChain.hex(number)).path("hash").asString());
  }

  public void mine(long blocks) {
    node.rpc("anvil_mine", JsonRpcChain.hex(blocks));
  }

  /** The next block is that much later than this one. */
  public void pass(Duration time) {
    node.rpc("evm_setNextBlockTimestamp", time() + time.toSeconds());
    mine(1);
  }

  /** Replaces the newest blocks by as many empty ones. */
  public void reorganise(int depth) {
    node.rpc("anvil_reorg", depth, List.of());
  }

  public void fund(WalletAddress wallet) {
    node.rpc("anvil_setBalance", wallet.hex(), "0x56bc75e2d63100000"); // 100 ether
  }

  public void replaceCode(WalletAddress address, Bytes code) {
    node.rpc("anvil_setCode", address.hex(), code.toString());
  }

  public String snapshot() {
    return node.rpc("evm_snapshot").asString();
  }

  public void restore(String snapshot) {
    node.rpc("evm_revert", snapshot);
  }
}
