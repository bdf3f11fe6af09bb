package dev.assay.marketplace.platform;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;
import org.apache.coyote.ActionCode;

/**
 * Whether whoever asked has closed the connection. Servlets are told that only when they write, and
 * an asynchronous one no sooner: Tomcat stops looking at a connection whose request is read to its
 * end. Asked how much more of the request there is, it looks, without waiting.
 */
public final class HangUp {
  private static final String CONNECTION = HangUp.class.getName();

  private HangUp() {}

  /** To be asked by the request's own thread, when its body has been read: nobody else may read. */
  public static boolean hasHappened(HttpServletRequest request) {
    return request.getAttribute(CONNECTION) instanceof org.apache.coyote.Request connection
        && isAtItsEnd(connection);
  }

  /**
   * What came already of a next request is there whether Tomcat looks or not. The end of a
   * connection it reports as something to be read, which is there only when it looks.
   */
  private static boolean isAtItsEnd(org.apache.coyote.Request connection) {
    return available(connection, true) > 0 && available(connection, false) == 0;
  }

  private static int available(org.apache.coyote.Request connection, boolean looks) {
    connection.action(ActionCode.AVAILABLE, looks);
    return connection.getAvailable();
  }

  /** Lets requests of OpenAI's clients, which may be answered late, be asked. */
  static final class Watch extends ValveBase {
    Watch() {
      super(true);
    }

    @Override
    public void invoke(Request request, Response response) throws IOException, ServletException {
      if (OpenAiTerms.isRoot(request.getRequestURI())) {
        request.setAttribute(CONNECTION, request.getCoyoteRequest());
      }
      getNext().invoke(request, response);
    }
  }
}
