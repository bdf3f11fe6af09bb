package dev.assay.agent.market;

import java.net.URI;
import java.net.http.HttpClient;
import java.security.GeneralSecurityException;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;

/** Makes clients for one address each. */
public final class Http {
  private Http() {}

  /**
   * Follows no redirection. A client for plain HTTP trusts no certificate at all: the JDK's own
   * store of them, which every client loads otherwise, takes ten megabytes of an idle agent.
   */
  public static HttpClient client(URI address, Duration connectTimeout) {
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(connectTimeout);
    if ("http".equalsIgnoreCase(address.getScheme())) {
      builder.sslContext(trustingNobody());
    }
    return builder.build();
  }

  private static SSLContext trustingNobody() {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[0], null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has TLS", e);
    }
  }
}
