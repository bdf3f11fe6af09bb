package dev.assay.marketplace.platform;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpScheme;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.server.ConnectionMetaData;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Request;

/**
 * Who calls by way of proxies, each of which adds to {@code X-Forwarded-For} whom it was called by:
 * the last of them who has no private address. What stands before it, callers write themselves, so
 * it is not believed; nor is anything that comes from elsewhere than a private address.
 */
final class ProxiedCaller implements HttpConfiguration.Customizer {
  @Override
  public Request customize(Request request, HttpFields.Mutable responseHeaders) {
    return request.getConnectionMetaData().getRemoteSocketAddress()
                instanceof InetSocketAddress peer
            && peer.getAddress() != null
            && isPrivate(peer.getAddress())
        ? new Proxied(request, caller(request, peer), isSecure(request))
        : request;
  }

  private static InetSocketAddress caller(Request request, InetSocketAddress peer) {
    InetSocketAddress caller = peer;
    List<String> path = request.getHeaders().getCSV(HttpHeader.X_FORWARDED_FOR, false);
    for (String hop : path.reversed()) {
      try {
        InetAddress address = InetAddress.ofLiteral(hop);
        caller = new InetSocketAddress(address, 0);
        if (!isPrivate(address)) {
          return caller;
        }
      } catch (IllegalArgumentException e) {
        return InetSocketAddress.createUnresolved("unknown", 0);
      }
    }
    return caller;
  }

  private static boolean isSecure(Request request) {
    return request.isSecure()
        || HttpScheme.HTTPS.is(request.getHeaders().get(HttpHeader.X_FORWARDED_PROTO));
  }

  /** Loopback, link-local, private (RFC 1918, RFC 4193) or shared by a provider (RFC 6598). */
  static boolean isPrivate(InetAddress address) {
    byte[] bytes = address.getAddress();
    return address.isLoopbackAddress()
        || address.isLinkLocalAddress()
        || address.isSiteLocalAddress()
        || (address instanceof Inet6Address
            ? (bytes[0] & 0xfe) == 0xfc
            : bytes[0] == 100 && (bytes[1] & 0xc0) == 64);
  }

  private static final class Proxied extends Request.Wrapper {
    private final ConnectionMetaData connection;
    private final HttpURI uri;
    private final boolean isSecure;

    Proxied(Request request, InetSocketAddress caller, boolean isSecure) {
      super(request);
      this.connection =
          new ConnectionMetaData.Wrapper(request.getConnectionMetaData()) {
            @Override
            public SocketAddress getRemoteSocketAddress() {
              return caller;
            }
          };
      this.isSecure = isSecure;
      this.uri =
          isSecure
              ? HttpURI.build(request.getHttpURI()).scheme(HttpScheme.HTTPS).asImmutable()
              : request.getHttpURI();
    }

    @Override
    public ConnectionMetaData getConnectionMetaData() {
      return connection;
    }

    @Override
    public HttpURI getHttpURI() {
      return uri;
    }

    @Override
    public boolean isSecure() {
      return isSecure;
    }
  }
}
