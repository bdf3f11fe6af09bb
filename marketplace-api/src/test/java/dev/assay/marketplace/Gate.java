package dev.assay.marketplace;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * An address that nobody answers until it is opened; from then on it leads to a server, until it is
 * shut. It stands for a server that is away and comes back.
 */
public final class Gate implements AutoCloseable {
  private final InetSocketAddress address;
  private final InetSocketAddress behind;
  private final Set<Socket> inside = ConcurrentHashMap.newKeySet();
  private volatile @Nullable ServerSocket door;

  public Gate(InetSocketAddress behind) {
    this.behind = behind;
    try (var probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      this.address = new InetSocketAddress(InetAddress.getLoopbackAddress(), probe.getLocalPort());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public String address() {
    return "127.0.0.1:" + address.getPort();
  }

  public void open() throws IOException {
    var opened = new ServerSocket();
    opened.setReuseAddress(true);
    opened.bind(address);
    door = opened;
    Thread.ofVirtual().start(() -> admit(opened));
  }

  /** Throws out who is inside; nobody is answered until it is opened again. */
  public void shut() throws IOException {
    close();
    for (Socket socket : inside) {
      socket.close();
    }
    inside.clear();
  }

  private void admit(ServerSocket opened) {
    while (!opened.isClosed()) {
      try {
        var guest = opened.accept();
        var host = new Socket(behind.getAddress(), behind.getPort());
        inside.add(guest);
        inside.add(host);
        if (opened.isClosed()) { // shut in between
          guest.close();
          host.close();
        }
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
    var opened = door;
    if (opened != null) {
      opened.close();
    }
  }
}
