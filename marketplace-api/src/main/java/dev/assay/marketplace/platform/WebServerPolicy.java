package dev.assay.marketplace.platform;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.util.thread.VirtualThreadPool;
import org.springframework.boot.jetty.servlet.JettyServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;

/** How the server treats connections, and what of a request Spring MVC is to see. */
final class WebServerPolicy implements WebServerFactoryCustomizer<JettyServletWebServerFactory> {
  /** Most requests have less; while they are read, all ten thousand workers' have one. */
  private static final int INPUT_BYTES = 4_096;

  /** What an answer that is written bit by bit holds until it ends. */
  private static final int OUTPUT_BYTES = 8_192;

  /**
   * OpenAI's clients write the slash of a model's name as {@code %2F}. Which paths may have it is
   * the firewall's to say.
   */
  private static final UriCompliance SLASHES_OF_NAMES =
      UriCompliance.DEFAULT.with("NAMES", UriCompliance.Violation.AMBIGUOUS_PATH_SEPARATOR);

  private final Duration silence;

  /**
   * @param silence how long somebody may send nothing in the middle of a request, or not read an
   *     answer
   */
  WebServerPolicy(Duration silence) {
    this.silence = silence;
  }

  @Override
  public void customize(JettyServletWebServerFactory jetty) {
    jetty.setThreadPool(threads());
    boolean isBehindProxy = jetty.isUseForwardHeaders();
    jetty.setUseForwardHeaders(false); // would believe everybody
    jetty.addServerCustomizers(server -> {
      var connector = new WatchedConnector(server);
      HttpConfiguration http =
          connector.getConnectionFactory(HttpConnectionFactory.class).getHttpConfiguration();
      customize(http);
      if (isBehindProxy) {
        http.addCustomizer(new ProxiedCaller());
      }
      server.setErrorHandler(new ProblemPages());
      for (var limit : server.getBeans(NetworkConnectionLimit.class)) { // of the other connector
        server.removeBean(limit);
        server.addBean(new NetworkConnectionLimit(limit.getMaxNetworkConnectionCount(), connector));
      }
      server.getDescendants(ServletContextHandler.class).forEach(WebServerPolicy::customize);
    });
  }

  /**
   * As many as there are requests. Boot's pool has two hundred: when as many wait for an answer,
   * nobody would look at connections any more, nor take the results that they wait for.
   */
  private static VirtualThreadPool threads() {
    var threads = new VirtualThreadPool(0);
    threads.setName("jetty-");
    return threads;
  }

  private void customize(HttpConfiguration configuration) {
    configuration.setUriCompliance(SLASHES_OF_NAMES);
    configuration.setIdleTimeout(silence.toMillis());
    // Each connection would remember the headers that it has read, in 100 KB of its own.
    configuration.setHeaderCacheSize(0);
    configuration.setInputBufferSize(INPUT_BYTES);
    configuration.setOutputBufferSize(OUTPUT_BYTES);
    // On the heap, which gives back what a crowd has taken; the C library's does not.
    configuration.setUseInputDirectByteBuffers(false);
    configuration.setUseOutputDirectByteBuffers(false);
  }

  private static void customize(ServletContextHandler context) {
    context.setDefaultRequestCharacterEncoding(StandardCharsets.UTF_8.name());
    context.getServletHandler().setDecodeAmbiguousURIs(true);
  }
}
