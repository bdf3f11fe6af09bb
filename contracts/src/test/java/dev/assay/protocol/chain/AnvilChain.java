package dev.assay.protocol.chain;

import dev.assay.protocol.Bytes;
import dev.assay.protocol.Digest;
import dev.assay.protocol.WalletAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** The chain of a test's own node, with what only such a node lets one do. */
public record AnvilChain(Anvil node) implements Chain {
  private static final long GWEI = 1_000_000_000;

  @Override
  public long chainId() {
    return quantity(node.rpc("eth_chainId"));
  }

  @Override
  public long height() {
    return quantity(node.rpc("eth_blockNumber"));
  }

  @Override
  public Bytes codeAt(WalletAddress address) {
    return Bytes.parse(node.rpc("eth_getCode", address.hex(), "latest").asString());
  }

  @Override
  public Bytes call(WalletAddress from, Call call) {
    return Bytes.parse(
        node.rpc("eth_call", message(from, Optional.of(call.to()), call.data()), "latest")
            .asString());
  }

  @Override
  public long minedCount(WalletAddress sender) {
    return quantity(node.rpc("eth_getTransactionCount", sender.hex(), "latest"));
  }

  @Override
  public Fees fees() {
    long base = quantity(block("latest").path("baseFeePerGas"));
    return new Fees(2 * base + GWEI, GWEI);
  }

  @Override
  public long estimateGas(WalletAddress from, Optional<WalletAddress> to, Bytes data) {
    return quantity(node.rpc("eth_estimateGas", message(from, to, data)));
  }

  /** Returns once it is in a block, which the node makes a moment after it took the transaction. */
  @Override
  public void send(SignedTransaction transaction) {
    node.rpc("eth_sendRawTransactionSync", transaction.raw().toString());
  }

  @Override
  public Optional<Receipt> receipt(Digest transaction) {
    JsonNode receipt = node.rpc("eth_getTransactionReceipt", transaction.toString());
    if (receipt.isNull()) {
      return Optional.empty();
    }
    JsonNode created = receipt.path("contractAddress");
    return Optional.of(
        new Receipt(
            transaction,
            quantity(receipt.path("status")) == 1,
            quantity(receipt.path("blockNumber")),
            quantity(receipt.path("gasUsed")),
            created.isString()
                ? Optional.of(new WalletAddress(created.asString()))
                : Optional.empty(),
            logs(receipt.path("logs"))));
  }

  @Override
  public List<Log> logs(WalletAddress contract, Digest topic, long fromBlock, long toBlock) {
    return logs(
        node.rpc(
            "eth_getLogs",
            Map.of(
                "address",
                contract.hex(),
                "topics",
                List.of(topic.toString()),
                "fromBlock",
                "0x" + Long.toHexString(fromBlock),
                "toBlock",
                "0x" + Long.toHexString(toBlock))));
  }

  public Digest blockHash(long number) {
    return Digest.parse(block("0x" + Long.toHexString(number)).path("hash").asString());
  }

  /** Of the newest block, seconds since 1970. */
  public long time() {
    return quantity(block("latest").path("timestamp"));
  }

  public void mine(long blocks) {
    node.rpc("anvil_mine", "0x" + Long.toHexString(blocks));
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

  private JsonNode block(String which) {
    return node.rpc("eth_getBlockByNumber", which, false);
  }

  private static Map<String, String> message(
      WalletAddress from, Optional<WalletAddress> to, Bytes data) {
    Map<String, String> message = new HashMap<>();
    message.put("from", from.hex());
    message.put("data", data.toString());
    to.ifPresent(address -> message.put("to", address.hex()));
    return message;
  }

  private static List<Log> logs(JsonNode logs) {
    return logs.valueStream()
        .map(log ->
            new Log(
                new WalletAddress(log.path("address").asString()),
                log.path("topics")
                    .valueStream()
                    .map(topic -> Digest.parse(topic.asString()))
                    .toList(),
                Bytes.parse(log.path("data").asString())))
        .toList();
  }

  private static long quantity(JsonNode node) {
    return Long.parseLong(node.asString().substring(2), 16);
  }
}
