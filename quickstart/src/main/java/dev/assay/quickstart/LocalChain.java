package dev.assay.quickstart;

import dev.assay.json.JsonRpcChain;
import dev.assay.protocol.Bytes;
import dev.assay.protocol.Digest;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.chain.Query;
import dev.assay.protocol.chain.Receipt;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** The chain of this machine's own node: it is not doubted, and it mines when it is told to. */
record LocalChain(URI rpcUrl) implements JsonRpcChain {
  /** An epoch of the node is one block. */
  private static final long FINAL_AFTER = 2;

  /** Of the hexadecimal digits of a call. */
  private static final int SELECTOR = "0x".length() + 8;

  private static final HttpClient HTTP = HttpClient.newHttpClient();

  @Override
  public JsonNode rpc(String method, Object... params) {
    return JsonRpcChain.ask(HTTP, rpcUrl, method, params);
  }

  /** Whether the block holds a transaction. */
  boolean isUsed(long block) {
    return !block(JsonRpcChain.hex(block)).path("transactions").isEmpty();
  }

  /** Blocks come by the clock from now on, not one for each transaction. */
  void mineEvery(Duration interval) {
    rpc("evm_setAutomine", false);
    rpc("evm_setIntervalMining", interval.toSeconds());
  }

  void mine(long blocks) {
    rpc("anvil_mine", JsonRpcChain.hex(blocks));
  }

  /** Time goes by on the chain, and enough blocks come for all to hear of it. */
  void pass(Duration time) {
    rpc("evm_increaseTime", time.toSeconds());
    mine(FINAL_AFTER + 1);
  }

  /** Replaces the newest blocks by as many empty ones. */
  void reorganise(int depth) {
    rpc("anvil_reorg", depth, List.of());
  }

  /**
   * What a transaction took.
   *
   * @param to the zero address if it made a contract
   * @param selector the first four bytes of its data
   */
  record Sent(WalletAddress to, Bytes selector, long gas) {}

  /** All transactions of a wallet, from the first block on. */
  List<Sent> sentBy(WalletAddress wallet) {
    List<Sent> sent = new ArrayList<>();
    for (long block = 1, height = height(); block <= height; block++) {
      for (JsonNode one :
          rpc("eth_getBlockByNumber", JsonRpcChain.hex(block), true).path("transactions")) {
        if (wallet.hex().equalsIgnoreCase(one.path("from").asString())) {
          Receipt receipt = receipt(Digest.parse(one.path("hash").asString())).orElseThrow();
          JsonNode to = one.path("to");
          String data = one.path("input").asString();
          sent.add(
              new Sent(
                  to.isString() ? new WalletAddress(to.asString()) : WalletAddress.ZERO,
                  Bytes.parse(data.substring(0, Math.min(data.length(), SELECTOR))),
                  receipt.gasUsed()));
        }
      }
    }
    return sent;
  }

  /** From now on a transaction waits for the next block that is made. */
  void stopMiningByItself() {
    rpc("evm_setAutomine", false);
  }

  /** Whether a transaction waits for a block. */
  boolean isWaitedFor() {
    return JsonRpcChain.quantity(rpc("txpool_status").path("pending")) > 0;
  }

  /** A hundred ether. */
  void fund(WalletAddress wallet) {
    rpc("anvil_setBalance", wallet.hex(), "0x56bc75e2d63100000");
  }

  /** What a contract answered as of a block. */
  <R> R read(Query<R> query, long block) {
    return query.decode(call(WalletAddress.ZERO, query.call(), JsonRpcChain.hex(block)));
  }
}
