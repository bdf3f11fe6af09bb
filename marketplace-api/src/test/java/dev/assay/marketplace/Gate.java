package dev.assay.marketplace;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;

/**
 * An address that nobody answers until it is opened; from then on it leads to a server. It stands
 * for a broker that is away and comes back.
 */
final class Gate implements AutoCloseable {
  private final InetSocketAddress address;
  private final InetSocketAddress behind;
  private final ServerSocket door;

  Gate(InetSocketAddress behind) {
    this.behind = behind;
    try {
      this.door = new ServerSocket();
      try (var probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        this.address =
            new InetSocketAddress(InetAddress.getLoopbackAddress(), probe.getLocalPort());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String address() {
    return "127.0.0.1:" + address.getPort();
  }

  void open() throws IOException {
    door.bind(address);
    Thread.ofVirtual().start(this::admit);
  }

  private void admit() {
    while (!door.isClosed()) {
      try {
        var guest = door.accept();
        var host = new Socket(behind.getAddress(), behind.getPort());
        Thread.ofVirtual().start(() -> carry(guest, host));
        Thread.ofVirtual().start(() -> carry(host, guest));
      } catch (IOException closedOrRefused) {
        // The next one is tried; after close() there is none.
      }
    }
  }

  private static void carry(Socket from, Socket to) {
    try (from;
        to) {
      from.getInputStream().transferTo(to.getOutputStream());
    } catch (IOException hungUp) {
      // One side left; closing both is all there is to do.
    }
  }

  @Override
  public void close() throws IOException {
    door.close();
  }
}
