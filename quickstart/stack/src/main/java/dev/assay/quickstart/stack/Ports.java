package dev.assay.quickstart.stack;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;

/** The TCP ports of a stack, all on 127.0.0.1. */
public record Ports(int postgresql, int kafka, int kafkaController, int evmNode) {
  /**
   * Four that are free now. Another program may take one before its server does; it then says so.
   */
  public static Ports free() {
    List<Integer> ports = free(4);
    return new Ports(ports.get(0), ports.get(1), ports.get(2), ports.get(3));
  }

  /** Different from each other, because all are held until the last one is known. */
  public static List<Integer> free(int count) {
    List<ServerSocket> held = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        held.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
      }
      return held.stream().map(ServerSocket::getLocalPort).toList();
    } catch (IOException e) {
      throw new Refusal(
          ExitCode.UNAVAILABLE, "This machine gives no free port: " + e.getMessage(), e);
    } finally {
      held.forEach(Ports::release);
    }
  }

  /**
   * Checks before anything is started.
   *
   * @throws Refusal if another program listens on the port
   */
  public static void requireFree(int port) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1);
    } catch (IOException e) {
      throw new Refusal(
          ExitCode.IN_USE,
          "Port %d of 127.0.0.1 is in use by another program. Stop it, or choose another port with"
                  .formatted(port)
              + " --port NUMBER.",
          e);
    }
  }

  private static void release(ServerSocket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new IllegalStateException("closing a socket that was never used", e);
    }
  }
}
