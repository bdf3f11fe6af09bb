package dev.assay.marketplace.platform;

import jakarta.servlet.http.HttpServletRequest;
import org.eclipse.jetty.ee11.servlet.ServletContextRequest;

/**
 * Whether whoever asked has closed the connection. Servlets are told that only when they write, and
 * nobody reads from a connection whose request has been read to its end.
 */
public final class HangUp {
  private HangUp() {}

  /** To be asked by the request's own thread, when its body has been read: nobody else may read. */
  public static boolean hasHappened(HttpServletRequest request) {
    return ServletContextRequest.getServletContextRequest(request)
                .getConnectionMetaData()
                .getConnection()
                .getEndPoint()
            instanceof WatchedConnector.Connection connection
        && connection.hasEnded();
  }
}
