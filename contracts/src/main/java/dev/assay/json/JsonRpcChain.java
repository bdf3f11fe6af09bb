package dev.assay.json;

import dev.assay.protocol.Bytes;
import dev.assay.protocol.Digest;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.chain.Call;
import dev.assay.protocol.chain.Chain;
import dev.assay.protocol.chain.ContractError;
import dev.assay.protocol.chain.Fees;
import dev.assay.protocol.chain.Log;
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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A chain as one node tells it over JSON-RPC: a node that whoever asks has chosen and does not
 * doubt. One that may lag or lie is settlement's matter.
 */
public interface JsonRpcChain extends Chain {
  /**
   * @param method such as {@code eth_call}
   * @return the answer's {@code result}
   * @throws Reverted if a contract refused
   * @throws IllegalStateException if the node answers with another error
   * @throws UncheckedIOException if it does not answer
   */
  JsonNode rpc(String method, Object... params);

  /** As {@link #rpc}, of the node at an address. */
  static JsonNode ask(HttpClient http, URI node, String method, Object... params) {
    JsonMapper json = JsonMapper.shared();
    var body = Map.of("jsonrpc", "2.0", "id", 1, "method", method, "params", List.of(params));
    var request =
        HttpRequest.newBuilder(node)
            .timeout(Duration.ofSeconds(30))
            .header("content-type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofByteArray(json.writeValueAsBytes(body)))
            .build();
    try {
      JsonNode answer = json.readTree(http.send(request, BodyHandlers.ofByteArray()).body());
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

  @Override
  default long chainId() {
    return quantity(rpc("eth_chainId"));
  }

  @Override
  default long height() {
    return quantity(rpc("eth_blockNumber"));
  }

  /** The newest block's, in seconds since 1970. */
  default long time() {
    return quantity(block("latest").path("timestamp"));
  }

  @Override
  default Bytes codeAt(WalletAddress address) {
    return Bytes.parse(rpc("eth_getCode", address.hex(), "latest").asString());
  }

  @Override
  default Bytes call(WalletAddress from, Call call) {
    return call(from, call, "latest");
  }

  /**
   * @param block its number in hexadecimal, or {@code latest}
   */
  default Bytes call(WalletAddress from, Call call, String block) {
    var message = message(from, Optional.of(call.to()), call.data());
    return Bytes.parse(rpc("eth_call", message, block).asString());
  }

  @Override
  default long minedCount(WalletAddress sender) {
    return quantity(rpc("eth_getTransactionCount", sender.hex(), "latest"));
  }

  @Override
  default Fees fees() {
    long gwei = 1_000_000_000;
    return new Fees(2 * quantity(block("latest").path("baseFeePerGas")) + gwei, gwei);
  }

  @Override
  default long estimateGas(WalletAddress from, Optional<WalletAddress> to, Bytes data) {
    return quantity(rpc("eth_estimateGas", message(from, to, data)));
  }

  @Override
  default void send(SignedTransaction transaction) {
    rpc("eth_sendRawTransaction", transaction.raw().toString());
  }

  @Override
  default Optional<Receipt> receipt(Digest transaction) {
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
  default List<Log> logs(WalletAddress contract, Digest topic, long fromBlock, long toBlock) {
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

  /**
   * @param which its number in hexadecimal, or {@code latest}
   */
  default JsonNode block(String which) {
    return rpc("eth_getBlockByNumber", which, false);
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

  /** As JSON-RPC writes a number. */
  static String hex(long number) {
    return "0x" + Long.toHexString(number);
  }

  /** A number that JSON-RPC wrote. */
  static long quantity(JsonNode node) {
    return Long.parseLong(node.asString().substring(2), 16);
  }
}
