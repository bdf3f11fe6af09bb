package dev.assay.quickstart;

import dev.assay.quickstart.stack.Ports;
import java.util.List;

/**
 * The ports of everything, all on 127.0.0.1: the API's is chosen by the user, the rest are free.
 *
 * @param servers those of PostgreSQL, Kafka and the EVM node
 */
record MarketPorts(int api, int apiManagement, int settlement, Ports servers) {
  /** One more than is needed: the system may give the one that was asked for. */
  private static final int FREE = 7;

  static MarketPorts with(int api) {
    Ports.requireFree(api);
    return with(api, Ports.free(FREE));
  }

  /**
   * @param free {@value #FREE} that differ from each other
   */
  static MarketPorts with(int api, List<Integer> free) {
    List<Integer> others = free.stream().filter(port -> port != api).toList();
    return new MarketPorts(
        api,
        others.get(0),
        others.get(1),
        new Ports(others.get(2), others.get(3), others.get(4), others.get(5)));
  }
}
