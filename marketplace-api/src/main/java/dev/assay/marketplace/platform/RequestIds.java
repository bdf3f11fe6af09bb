package dev.assay.marketplace.platform;

import dev.assay.determinism.Ids;
import io.micrometer.context.ContextRegistry;
import io.micrometer.context.integration.Slf4jThreadLocalAccessor;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.slf4j.MDC;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Names each request; the name is in the answer's {@code x-request-id} and on every log line, also
 * of those that are suspended and go on later on other threads.
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE)
public class RequestIds extends OncePerRequestFilter {
  static final String HEADER = "x-request-id";
  private static final String ATTRIBUTE = RequestIds.class.getName();
  private static final String LOG_KEY = "request_id";

  private final Ids ids;

  RequestIds(Ids ids) {
    this.ids = ids;
    ContextRegistry.getInstance()
        .registerThreadLocalAccessor(new Slf4jThreadLocalAccessor(LOG_KEY));
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    String id = of(request);
    if (id.isEmpty()) {
      id = "req_" + ids.next();
      request.setAttribute(ATTRIBUTE, id);
      response.setHeader(HEADER, id);
    }
    try (var _ = MDC.putCloseable(LOG_KEY, id)) {
      chain.doFilter(request, response);
    }
  }

  @Override
  protected boolean shouldNotFilterAsyncDispatch() {
    return false;
  }

  /** Empty for a request that the container refused before any filter saw it. */
  public static String of(HttpServletRequest request) {
    return request.getAttribute(ATTRIBUTE) instanceof String id ? id : "";
  }
}
