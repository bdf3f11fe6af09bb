package dev.assay.settlement.chain;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToLongFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The nodes, and which of them are asked. One of another chain never is; one that has fallen behind
 * the others is not asked until it has caught up, because what it says was true and is so no more.
 * Of three and more the measure is the height that two have reached, so that one that boasts does
 * not put the others out.
 */
final class Nodes {
  private static final Logger LOG = LoggerFactory.getLogger(Nodes.class);
  private static final int ENOUGH_TO_OUTVOTE_ONE = 3;

  private final List<RpcNode> all;
  private final int mostLag;
  private final Map<RpcNode, Long> heights = new ConcurrentHashMap<>();
  private final Map<RpcNode, String> out = new ConcurrentHashMap<>();

  Nodes(List<RpcNode> all, int mostLag) {
    this.all = List.copyOf(all);
    this.mostLag = mostLag;
  }

  /** All that are configured, asked or not. */
  List<RpcNode> all() {
    return all;
  }

  /** How many have to say the same of what is final. */
  int quorum() {
    return Math.min(2, all.size());
  }

  /**
   * Those that are asked, in the order of the configuration.
   *
   * @throws ChainUnavailable if there is none
   */
  List<RpcNode> asked() {
    List<RpcNode> asked = all.stream().filter(node -> !out.containsKey(node)).toList();
    if (asked.isEmpty()) {
      throw new ChainUnavailable(
          all.isEmpty() ? "No EVM node is configured" : String.join("; ", out.values()), null);
    }
    return asked;
  }

  boolean isAsked(RpcNode node) {
    return !out.containsKey(node);
  }

  /** Blocks behind the measure; nothing is known of a node that never answered. */
  long lag(RpcNode node) {
    return Math.max(0, measure() - heights.getOrDefault(node, measure()));
  }

  /** Asks each of its chain and its height. One that does not answer keeps the height it had. */
  void observe(ToLongFunction<RpcNode> chainId, ToLongFunction<RpcNode> height, long ours) {
    Map<RpcNode, String> foreign = new ConcurrentHashMap<>();
    for (RpcNode node : all) {
      try {
        long id = chainId.applyAsLong(node);
        if (id == ours) {
          heights.put(node, height.applyAsLong(node));
        } else {
          heights.remove(node);
          foreign.put(
              node,
              "The EVM node %s is of chain %d, settlement.chain.id says %d. Correct one of them."
                  .formatted(node.name(), id, ours));
        }
      } catch (ChainUnavailable | ArithmeticException | IllegalArgumentException e) {
        LOG.atDebug().setCause(e).log("A node does not say how far it is");
        if (out.getOrDefault(node, "").contains("of chain")) {
          foreign.put(node, out.get(node));
        }
      }
    }
    all.forEach(node -> place(node, foreign));
  }

  private void place(RpcNode node, Map<RpcNode, String> foreign) {
    String why =
        foreign.getOrDefault(
            node,
            lag(node) > mostLag
                ? "The EVM node %s is behind the others and is not asked until it has caught up."
                    .formatted(node.name())
                : "");
    if (why.isEmpty()) {
      if (out.remove(node) != null) {
        LOG.atInfo().addKeyValue("node", node.name()).log("An EVM node is asked again");
      }
    } else if (!why.equals(out.put(node, why))) {
      LOG.atWarn().addKeyValue("node", node.name()).addKeyValue("lag", lag(node)).log("{}", why);
    }
  }

  private long measure() {
    List<Long> highest = new ArrayList<>(heights.values());
    highest.sort(Comparator.reverseOrder());
    if (highest.isEmpty()) {
      return 0;
    }
    return highest.get(highest.size() >= ENOUGH_TO_OUTVOTE_ONE ? 1 : 0);
  }
}
