package dev.assay.marketplace.identity;

import dev.assay.marketplace.identity.BearerFilter.Address;
import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import org.springframework.http.HttpHeaders;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.servlet.HandlerExceptionResolver;

/**
 * Finds out which operator is calling. What is no operator's token goes to the filter of all
 * others: the rules refuse whoever it names.
 */
final class AdminFilter extends OncePerRequestFilter {
  private final AdminTokens tokens;
  private final BearerFilter others;
  private final RateLimits limits;
  private final AdminSettings settings;
  private final IdentitySettings.Rates rates;
  private final HandlerExceptionResolver problems;

  AdminFilter(
      AdminTokens tokens,
      BearerFilter others,
      RateLimits limits,
      AdminSettings settings,
      IdentitySettings.Rates rates,
      HandlerExceptionResolver problems) {
    this.tokens = tokens;
    this.others = others;
    this.limits = limits;
    this.settings = settings;
    this.rates = rates;
    this.problems = problems;
  }

  private record Bucket(String admin) {}

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    List<String> headers = Collections.list(request.getHeaders(HttpHeaders.AUTHORIZATION));
    var token = headers.size() == 1 ? BearerFilter.bearer(headers.getFirst()) : null;
    if (token == null || BearerToken.parse(token).isPresent()) {
      others.doFilter(request, response, chain);
      return;
    }
    try {
      Admin admin = admin(token, request, response);
      admin.nameIn(request);
      BearerFilter.count(limits.take(new Bucket(admin.name()), settings.ratePerMinute()), response);
      var context = SecurityContextHolder.createEmptyContext();
      context.setAuthentication(new AdminAuthentication(admin));
      SecurityContextHolder.setContext(context);
    } catch (Problem refusal) {
      problems.resolveException(request, response, null, refusal);
      return;
    }
    chain.doFilter(request, response);
  }

  /**
   * A good token is never refused for the bad ones that come from the same address: operators stop
   * things in an emergency, perhaps from behind the proxy of who causes it.
   */
  private Admin admin(String token, HttpServletRequest request, HttpServletResponse response) {
    try {
      return tokens.read(token);
    } catch (Problem refusal) {
      if (refusal.type() == ProblemType.UNAUTHENTICATED) {
        var guesses = new Address("guess", BearerFilter.network(request));
        BearerFilter.count(limits.take(guesses, rates.failures()), response);
      }
      throw refusal;
    }
  }
}
