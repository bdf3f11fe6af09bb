package dev.assay.settlement.chain;

import dev.assay.protocol.Bytes;
import dev.assay.protocol.Digest;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.chain.Call;
import dev.assay.protocol.chain.Chain;
import dev.assay.protocol.chain.Fees;
import dev.assay.protocol.chain.Log;
import dev.assay.protocol.chain.Query;
import dev.assay.protocol.chain.Receipt;
import dev.assay.protocol.chain.SignedTransaction;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.retry.RetryRegistry;
import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The chain, as its nodes tell it. A read goes to the first node that gives an answer of the right
 * shape; what is final is believed only if every node that answers agrees, and with several nodes
 * two must answer; a transaction goes to all. No filter is ever installed: a filter is state that a
 * node forgets.
 */
@Component
public class ChainClient implements Chain, DisposableBean {
  /**
   * Up to 52 bits: more than any height, time or chain id, and safe as a long and as an Instant.
   */
  private static final Pattern QUANTITY = Pattern.compile("0x(0|[1-9a-f][0-9a-f]{0,12})");

  /** Up to 256 bits. */
  private static final Pattern WEI = Pattern.compile("0x(0|[1-9a-f][0-9a-f]{0,63})");

  private static final Pattern HASH = Pattern.compile("0x[0-9a-f]{64}");

  private final HttpClient http;
  private final Nodes nodes;

  ChainClient(
      ChainConnectionDetails connection,
      ChainSettings settings,
      JsonMapper json,
      CircuitBreakerRegistry breakers,
      RetryRegistry retries) {
    this.http = HttpClient.newBuilder().connectTimeout(settings.timeout()).build();
    List<RpcNode> made = new ArrayList<>();
    for (URI url : connection.rpcUrls()) {
      String name = made.isEmpty() ? "chain" : "chain-" + (made.size() + 1);
      made.add(
          new RpcNode(
              name,
              url,
              http,
              settings.timeout(),
              json,
              breakers.circuitBreaker(name),
              retries.retry(name)));
    }
    this.nodes = new Nodes(made, settings.mostLag());
  }

  Nodes nodes() {
    return nodes;
  }

  /**
   * Asks every node how far it is, so that what lags is known; then the newest block.
   *
   * @param id of the chain that it is to be
   */
  BlockRef observe(long id) {
    nodes.observe(
        node -> quantity(node.once("eth_chainId")),
        node -> quantity(node.once("eth_blockNumber")),
        id);
    return latestBlock();
  }

  /**
   * @throws ChainUnavailable if no node gives an answer that can be relied on; so all methods here
   */
  public BlockRef latestBlock() {
    return any(node -> block(node.read("eth_getBlockByNumber", "latest", false)));
  }

  /**
   * The newest block that the chain will not take back. With several nodes it is the oldest that
   * any of those that are asked names, and all must know it by the same hash.
   */
  public BlockRef finalizedBlock() {
    List<BlockRef> named = new ArrayList<>();
    List<RpcNode> answering = new ArrayList<>();
    @Nullable ChainUnavailable away = null;
    for (RpcNode node : nodes.asked()) {
      try {
        named.add(block(node.read("eth_getBlockByNumber", "finalized", false)));
        answering.add(node);
      } catch (ChainUnavailable e) {
        away = e;
      }
    }
    if (named.size() < nodes.quorum()) {
      throw away != null ? away : new ChainUnavailable("Too few nodes name a final block", null);
    }
    BlockRef oldest =
        named.stream().min((a, b) -> Long.compare(a.number(), b.number())).orElseThrow();
    for (int i = 0; i < named.size(); i++) {
      BlockRef same =
          named.get(i).number() == oldest.number()
              ? named.get(i)
              : block(byNumber(answering.get(i), oldest.number()));
      if (!same.isSameAs(oldest)) {
        throw new ChainUnavailable(
            "The EVM nodes disagree about the final block " + oldest.number(), null);
      }
    }
    return oldest;
  }

  /** The block of that number on the chain as it is now. */
  public BlockRef blockAt(long number) {
    return any(node -> block(byNumber(node, number)));
  }

  @Override
  public long chainId() {
    return any(node -> quantity(node.read("eth_chainId")));
  }

  @Override
  public long height() {
    return latestBlock().number();
  }

  @Override
  public Bytes codeAt(WalletAddress address) {
    return any(node -> bytes(node.read("eth_getCode", address.hex(), "latest")));
  }

  @Override
  public Bytes call(WalletAddress from, Call call) {
    return any(node ->
        bytes(node.read("eth_call", message(from, Optional.of(call.to()), call.data()), "latest")));
  }

  /** What a contract answered as of a final block; an older one may be forgotten by the node. */
  public <R> R read(Query<R> query, BlockRef block) {
    var message = message(WalletAddress.ZERO, Optional.of(query.call().to()), query.call().data());
    return query.decode(
        agreed(
            "a contract's state in final block " + block.number(),
            node -> bytes(node.read("eth_call", message, Map.of("blockHash", block.hash())))));
  }

  @Override
  public long minedCount(WalletAddress sender) {
    return any(node -> quantity(node.read("eth_getTransactionCount", sender.hex(), "latest")));
  }

  /** How many transactions of {@code sender} are in this final block and those before it. */
  public long minedCount(WalletAddress sender, BlockRef block) {
    return agreed(
        "the transactions of " + sender,
        node ->
            quantity(
                node.read(
                    "eth_getTransactionCount", sender.hex(), Map.of("blockHash", block.hash()))));
  }

  /** What an account has for gas, in wei. */
  public BigInteger balance(WalletAddress account) {
    return any(node -> wei(node.read("eth_getBalance", account.hex(), "latest")));
  }

  /** Twice the base fee, so that six full blocks in a row do not make it too little. */
  @Override
  public Fees fees() {
    return any(node -> {
      long base =
          quantity(node.read("eth_getBlockByNumber", "latest", false).path("baseFeePerGas"));
      long tip = quantity(node.read("eth_maxPriorityFeePerGas"));
      return new Fees(Math.addExact(Math.multiplyExact(2, base), tip), tip);
    });
  }

  @Override
  public long estimateGas(WalletAddress from, Optional<WalletAddress> to, Bytes data) {
    return any(node -> quantity(node.read("eth_estimateGas", message(from, to, data))));
  }

  /**
   * @throws SendRefused if every node that answers refuses it
   * @throws ChainUnavailable if none answers: it may have arrived all the same
   */
  @Override
  public void send(SignedTransaction transaction) {
    boolean taken = false;
    @Nullable SendRefused refused = null;
    @Nullable ChainUnavailable away = null;
    for (RpcNode node : nodes.asked()) {
      try {
        node.once("eth_sendRawTransaction", transaction.raw().toString());
        taken = true;
      } catch (SendAnswer.Known e) {
        taken = true;
      } catch (SendRefused e) {
        refused = e;
      } catch (ChainUnavailable e) {
        away = e;
      }
    }
    if (!taken && away != null) {
      throw away;
    }
    if (!taken && refused != null) {
      throw refused;
    }
  }

  /** Nothing says only that this node knows of none at present. */
  @Override
  public Optional<Receipt> receipt(Digest transaction) {
    return any(node -> receipt(node, transaction));
  }

  /** Of a transaction in a final block: no node alone can make one believed to have ended. */
  public Optional<Receipt> finalReceipt(Digest transaction) {
    return agreed("the receipt of " + transaction, node -> receipt(node, transaction));
  }

  private static Optional<Receipt> receipt(RpcNode node, Digest transaction) {
    JsonNode receipt = node.read("eth_getTransactionReceipt", transaction.toString());
    if (receipt.isNull()) {
      return Optional.empty();
    }
    if (!transaction.toString().equals(hash(receipt.path("transactionHash")))) {
      throw new ChainUnavailable("The EVM node answered the receipt of something else", null);
    }
    JsonNode created = receipt.path("contractAddress");
    return Optional.of(
        new Receipt(
            transaction,
            quantity(receipt.path("status")) == 1,
            quantity(receipt.path("blockNumber")),
            quantity(receipt.path("gasUsed")),
            created.isString() ? Optional.of(address(created)) : Optional.empty(),
            placed(receipt.path("logs")).stream().map(PlacedLog::log).toList()));
  }

  @Override
  public List<Log> logs(WalletAddress contract, Digest topic, long fromBlock, long toBlock) {
    return any(node ->
        placed(
                node.read(
                    "eth_getLogs",
                    Map.of(
                        "address",
                        contract.hex(),
                        "topics",
                        List.of(topic.toString()),
                        "fromBlock",
                        hex(fromBlock),
                        "toBlock",
                        hex(toBlock))))
            .stream()
            .map(PlacedLog::log)
            .toList());
  }

  /** All logs of these contracts in a range of blocks, both ends included, in order. */
  public List<PlacedLog> logs(List<WalletAddress> contracts, long fromBlock, long toBlock) {
    return any(node -> logs(node, contracts, fromBlock, toBlock));
  }

  /** As {@link #logs(List, long, long)}, of final blocks: money is counted by them. */
  public List<PlacedLog> finalLogs(List<WalletAddress> contracts, long fromBlock, long toBlock) {
    return agreed(
        "the logs of blocks %d to %d".formatted(fromBlock, toBlock),
        node -> logs(node, contracts, fromBlock, toBlock));
  }

  private static List<PlacedLog> logs(
      RpcNode node, List<WalletAddress> contracts, long fromBlock, long toBlock) {
    var filter =
        Map.of(
            "address",
            contracts.stream().map(WalletAddress::hex).toList(),
            "fromBlock",
            hex(fromBlock),
            "toBlock",
            hex(toBlock));
    List<PlacedLog> logs = placed(node.read("eth_getLogs", filter));
    long block = fromBlock;
    int index = -1;
    for (PlacedLog log : logs) {
      if (log.block() < block
          || log.block() > toBlock
          || log.block() == block && log.index() <= index) {
        throw new ChainUnavailable("The EVM node answered logs out of order or range", null);
      }
      block = log.block();
      index = log.index();
    }
    return logs;
  }

  /** Of the first node that gives an answer. A contract's refusal is an answer. */
  private <R> R any(Function<RpcNode, R> ask) {
    @Nullable ChainUnavailable last = null;
    for (RpcNode node : nodes.asked()) {
      try {
        return wellFormed(node, ask);
      } catch (ChainUnavailable e) {
        last = e;
      }
    }
    throw last != null ? last : new ChainUnavailable("No EVM node is asked", null);
  }

  /** What all nodes that answer say, and enough of them do. */
  private <R> R agreed(String what, Function<RpcNode, R> ask) {
    List<R> answers = new ArrayList<>();
    @Nullable ChainUnavailable away = null;
    for (RpcNode node : nodes.asked()) {
      try {
        answers.add(wellFormed(node, ask));
      } catch (ChainUnavailable e) {
        away = e;
      }
    }
    if (answers.size() < nodes.quorum()) {
      throw away != null
          ? away
          : new ChainUnavailable("Too few EVM nodes are asked about " + what, null);
    }
    if (answers.stream().distinct().count() > 1) {
      throw new ChainUnavailable("The EVM nodes disagree about " + what, null);
    }
    return answers.getFirst();
  }

  private static <R> R wellFormed(RpcNode node, Function<RpcNode, R> ask) {
    try {
      return ask.apply(node);
    } catch (ArithmeticException | IllegalArgumentException e) {
      throw new ChainUnavailable("The EVM node answered something in no known form", e);
    }
  }

  private static JsonNode byNumber(RpcNode node, long number) {
    return node.read("eth_getBlockByNumber", hex(number), false);
  }

  private static BlockRef block(JsonNode block) {
    return new BlockRef(
        quantity(block.path("number")),
        hash(block.path("hash")),
        Instant.ofEpochSecond(quantity(block.path("timestamp"))));
  }

  private static List<PlacedLog> placed(JsonNode logs) {
    if (!logs.isArray()) {
      throw new ChainUnavailable("The EVM node answered logs in no known form", null);
    }
    return logs.valueStream().map(ChainClient::placedLog).toList();
  }

  private static PlacedLog placedLog(JsonNode log) {
    return new PlacedLog(
        new Log(
            address(log.path("address")),
            log.path("topics").valueStream().map(topic -> Digest.parse(hash(topic))).toList(),
            bytes(log.path("data"))),
        quantity(log.path("blockNumber")),
        hash(log.path("blockHash")),
        Math.toIntExact(quantity(log.path("logIndex"))),
        Digest.parse(hash(log.path("transactionHash"))));
  }

  private static Map<String, String> message(
      WalletAddress from, Optional<WalletAddress> to, Bytes data) {
    Map<String, String> message = new HashMap<>();
    message.put("from", from.hex());
    message.put("data", data.toString());
    to.ifPresent(address -> message.put("to", address.hex()));
    return message;
  }

  private static String hex(long number) {
    return "0x" + Long.toHexString(number);
  }

  private static long quantity(JsonNode node) {
    if (node.isString() && QUANTITY.matcher(node.stringValue()).matches()) {
      return Long.parseLong(node.stringValue().substring(2), 16);
    }
    throw new ChainUnavailable("The EVM node answered a number in no known form", null);
  }

  private static BigInteger wei(JsonNode node) {
    if (node.isString() && WEI.matcher(node.stringValue()).matches()) {
      return new BigInteger(node.stringValue().substring(2), 16);
    }
    throw new ChainUnavailable("The EVM node answered a number in no known form", null);
  }

  private static String hash(JsonNode node) {
    if (node.isString() && HASH.matcher(node.stringValue()).matches()) {
      return node.stringValue();
    }
    throw new ChainUnavailable("The EVM node answered a hash in no known form", null);
  }

  private static WalletAddress address(JsonNode node) {
    return new WalletAddress(node.asString(""));
  }

  private static Bytes bytes(JsonNode node) {
    return Bytes.parse(node.asString(""));
  }

  @Override
  public void destroy() {
    http.shutdownNow();
  }
}
