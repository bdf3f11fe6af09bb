package dev.assay.marketplace.platform;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import org.eclipse.jetty.io.ArrayByteBufferPool;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * Takes the place of a server's connector, with its settings; its connections can be {@link HangUp
 * looked at}.
 */
final class WatchedConnector extends ServerConnector {
  /** Connections that the kernel keeps until they are taken: all workers may come at once. */
  private static final int WAITING_CONNECTIONS = 1_024;

  /** Of buffers that nobody uses; the rest go when they have been used. */
  private static final long KEPT_BYTES = 8 << 20;

  WatchedConnector(Server server) {
    this(server, (ServerConnector) server.getConnectors()[0]);
    server.setConnectors(new ServerConnector[] {this});
  }

  private WatchedConnector(Server server, ServerConnector before) {
    super(
        server,
        null, // as the server's
        null,
        new ArrayByteBufferPool(0, -1, -1, Integer.MAX_VALUE, KEPT_BYTES, KEPT_BYTES),
        before.getAcceptors(),
        before.getSelectorManager().getSelectorCount(),
        before.getConnectionFactories().toArray(ConnectionFactory[]::new));
    setHost(before.getHost());
    setPort(before.getPort());
    setIdleTimeout(before.getIdleTimeout());
    setAcceptQueueSize(WAITING_CONNECTIONS);
    setShutdownIdleTimeout(before.getIdleTimeout()); // who is answered may be silent meanwhile
  }

  @Override
  protected SocketChannelEndPoint newEndPoint(
      SocketChannel channel, ManagedSelector selector, SelectionKey key) {
    var connection = new Connection(channel, selector, key, getScheduler());
    connection.setIdleTimeout(getIdleTimeout());
    return connection;
  }

  /**
   * The end of a connection is seen by reading. Whoever looks for it while a request is answered
   * may come upon the first byte of the next one, which is kept until that is read.
   */
  static final class Connection extends SocketChannelEndPoint {
    private static final int NOTHING = -1;

    private int early = NOTHING;

    private Connection(
        SocketChannel channel, ManagedSelector selector, SelectionKey key, Scheduler scheduler) {
      super(channel, selector, key, scheduler);
    }

    boolean hasEnded() {
      if (early != NOTHING) {
        return false;
      }
      var one = ByteBuffer.allocate(1);
      try {
        int read = getChannel().read(one);
        if (read > 0) {
          early = one.get(0) & 0xff;
        }
        return read < 0;
      } catch (IOException e) {
        return true;
      }
    }

    @Override
    public int fill(ByteBuffer buffer) throws IOException {
      if (early == NOTHING || BufferUtil.space(buffer) == 0) {
        return super.fill(buffer);
      }
      BufferUtil.append(buffer, (byte) early);
      early = NOTHING;
      return 1;
    }

    @Override
    protected void needsFillInterest() {
      if (early == NOTHING) {
        super.needsFillInterest();
      } else {
        getFillInterest().fillable();
      }
    }
  }
}
