package dev.assay.quickstart;

import dev.assay.quickstart.stack.Ports;
import java.util.List;

/**
 * The ports of everything, all on 127.0.0.1: the API's is chosen by the user, the rest are free.
 */
record MarketPorts(int api, int apiManagement, int settlement, Ports servers) {
  static MarketPorts with(int api) {
    Ports.requireFree(api);
    List<Integer> free = Ports.free(2);
    return new MarketPorts(api, free.get(0), free.get(1), Ports.free());
  }
}
