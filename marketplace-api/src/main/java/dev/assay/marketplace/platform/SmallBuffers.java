package dev.assay.marketplace.platform;

import jakarta.servlet.ServletException;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.CharBuffer;
import org.apache.catalina.connector.InputBuffer;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;
import org.apache.coyote.http11.Http11NioProtocol;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;

/**
 * Ten thousand workers wait on connections of their own, and Tomcat gives each of them its buffers
 * for as long as a request lasts: they are as small as our requests mostly are. What is larger is
 * read and written in more than one go.
 */
final class SmallBuffers implements WebServerFactoryCustomizer<TomcatServletWebServerFactory> {
  private static final String SOCKET_BYTES = "2048";
  private static final int ANSWER_BYTES = 256;

  /** Of what may follow a body in chunks; room for it is kept by each connection. */
  private static final String TRAILER_BYTES = "512";

  @Override
  public void customize(TomcatServletWebServerFactory tomcat) {
    tomcat.setProtocol(Protocol.class.getName());
    tomcat.addConnectorCustomizers(connector -> {
      connector.setProperty("socket.appReadBufSize", SOCKET_BYTES);
      connector.setProperty("socket.appWriteBufSize", SOCKET_BYTES);
      connector.setProperty("maxTrailerSize", TRAILER_BYTES);
    });
    tomcat.addContextValves(new NoCharacters());
  }

  /** Tomcat makes it by reflection, so it is public. */
  public static final class Protocol extends Http11NioProtocol {
    /** Of an answer's bytes; twice as much again is for its characters. */
    @Override
    public int getDesiredBufferSize() {
      return ANSWER_BYTES;
    }
  }

  /**
   * A request has 8,192 characters for the case that its body is asked for as text, and no way to
   * say that it is not: bodies here are bytes. One that is text nevertheless is read a little at a
   * time.
   */
  static final class NoCharacters extends ValveBase {
    private static final int CHARACTERS = 64;
    private static final VarHandle BODY = field(Request.class, "inputBuffer", InputBuffer.class);
    private static final VarHandle TEXT = field(InputBuffer.class, "cb", CharBuffer.class);

    NoCharacters() {
      super(true);
    }

    @Override
    public void invoke(Request request, Response response) throws IOException, ServletException {
      if (charactersOf(request) > CHARACTERS) {
        TEXT.set((InputBuffer) BODY.get(request), CharBuffer.allocate(CHARACTERS).limit(0));
      }
      getNext().invoke(request, response);
    }

    static int charactersOf(Request request) {
      return ((CharBuffer) TEXT.get((InputBuffer) BODY.get(request))).capacity();
    }

    private static VarHandle field(Class<?> owner, String name, Class<?> type) {
      try {
        return MethodHandles.privateLookupIn(owner, MethodHandles.lookup())
            .findVarHandle(owner, name, type);
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(
            "This Tomcat keeps a request's characters elsewhere than in %s.%s."
                .formatted(owner.getSimpleName(), name),
            e);
      }
    }
  }
}
