package dev.assay.quickstart;

import dev.assay.protocol.Bytes;
import dev.assay.protocol.Digest;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.chain.Call;
import dev.assay.protocol.chain.Chain;
import dev.assay.protocol.chain.ContractError;
import dev.assay.protocol.chain.Fees;
import dev.assay.protocol.chain.Log;
import dev.assay.protocol.chain.Query;
import dev.assay.protocol.chain.Receipt;
import dev.assay.protocol.chain.Reverted;
import dev.assay.protocol.chain.SignedTransaction;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The chain of this machine's own node: it is not doubted, and it mines when it is told to. */
record LocalChain(URI rpcUrl) implements Chain {
  /** An epoch of the node is one block. */
  private static final long FINAL_AFTER = 2;

  /** Of the hexadecimal digits of a call. */
  private static final int SELECTOR = "0x".length() + 8;

  private static final long GWEI = 1_000_000_000;
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final JsonMapper JSON = JsonMapper.shared();

  @Override
  public long chainId() {
    return quantity(rpc("eth_chainId"));
  }

  @Override
  public long height() {
    return quantity(rpc("eth_blockNumber"));
  }

  /** The newest block's, in seconds since 1970. */
  long time() {
    return quantity(rpc("eth_getBlockByNumber", "latest", false).path("timestamp"));
  }

  /** Whether the block holds a transaction. */
  boolean isUsed(long block) {
    return !rpc("eth_getBlockByNumber", hex(block), false).path("transactions").isEmpty();
  }

  /** Blocks come by the clock from now on, not one for each transaction. */
  void mineEvery(Duration interval) {
    rpc("evm_setAutomine", false);
    rpc("evm_setIntervalMining", interval.toSeconds());
  }

  void mine(long blocks) {
    rpc("anvil_mine", hex(blocks));
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
      for (JsonNode one : rpc("eth_getBlockByNumber", hex(block), true).path("transactions")) {
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
    return quantity(rpc("txpool_status").path("pending")) > 0;
  }

  /** A hundred ether. */
  void fund(WalletAddress wallet) {
    rpc("anvil_setBalance", wallet.hex(), "0x56bc75e2d63100000");
  }

  @Override
  public Bytes codeAt(WalletAddress address) {
    return Bytes.parse(rpc("eth_getCode", address.hex(), "latest").asString());
  }

  @Override
  public Bytes call(WalletAddress from, Call call) {
    var message = message(from, Optional.of(call.to()), call.data());
    return Bytes.parse(rpc("eth_call", message, "latest").asString());
  }

  /** What a contract answered as of a block. */
  <R> R read(Query<R> query, long block) {
    var message = message(WalletAddress.ZERO, Optional.of(query.call().to()), query.call().data());
    return query.decode(Bytes.parse(rpc("eth_call", message, hex(block)).asString()));
  }

  @Override
  public long minedCount(WalletAddress sender) {
    return quantity(rpc("eth_getTransactionCount", sender.hex(), "latest"));
  }

  @Override
  public Fees fees() {
    long base = quantity(rpc("eth_getBlockByNumber", "latest", false).path("baseFeePerGas"));
    return new Fees(2 * base + GWEI, GWEI);
  }

  @Override
  public long estimateGas(WalletAddress from, Optional<WalletAddress> to, Bytes data) {
    return quantity(rpc("eth_estimateGas", message(from, to, data)));
  }

  @Override
  public void send(SignedTransaction transaction) {
    rpc("eth_sendRawTransaction", transaction.raw().toString());
  }

  @Override
  public Optional<Receipt> receipt(Digest transaction) {
    JsonNode receipt = rpc("eth_getTransactionReceipt", transaction.toString());
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
        rpc(
            "eth_getLogs",
            Map.of(
                "address",
                contract.hex(),
                "topics",
                List.of(topic.toString()),
                "fromBlock",
                hex(fromBlock),
                "toBlock",
                hex(toBlock))));
  }

  private JsonNode rpc(String method, Object... params) {
    var body = Map.of("jsonrpc", "2.0", "id", 1, "method", method, "params", List.of(params));
    var request =
        HttpRequest.newBuilder(rpcUrl)
            .timeout(Duration.ofSeconds(30))
            .header("content-type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofByteArray(JSON.writeValueAsBytes(body)))
            .build();
    try {
      JsonNode answer = JSON.readTree(HTTP.send(request, BodyHandlers.ofByteArray()).body());
      JsonNode error = answer.path("error");
      if (error.path("code").asInt(0) == 3) {
        throw new Reverted(ContractError.decode(Bytes.parse(error.path("data").asString("0x"))));
      }
      if (!error.isMissingNode()) {
        throw new IllegalStateException("%s was answered with %s".formatted(method, error));
      }
      return answer.path("result");
    } catch (IOException e) {
      throw new UncheckedIOException("asking the EVM node for " + method, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while asking the EVM node for " + method, e);
    }
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

  private static String hex(long number) {
    return "0x" + Long.toHexString(number);
  }

  private static long quantity(JsonNode node) {
    return Long.parseLong(node.asString().substring(2), 16);
  }
}
