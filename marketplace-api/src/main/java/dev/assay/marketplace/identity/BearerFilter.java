package dev.assay.marketplace.identity;

import dev.assay.marketplace.identity.RateLimits.Allowance;
import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessException;
import org.springframework.http.HttpHeaders;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.servlet.HandlerExceptionResolver;

/**
 * Finds out who is calling, by {@code Authorization: Bearer …}, and how often they may. A header
 * that names nobody is refused, also where none is needed: its sender believes to be somebody.
 */
final class BearerFilter extends OncePerRequestFilter {
  private static final String SCHEME = "Bearer ";

  private final Credentials credentials;
  private final RateLimits limits;
  private final IdentitySettings.Rates rates;
  private final HandlerExceptionResolver problems;

  BearerFilter(
      Credentials credentials,
      RateLimits limits,
      IdentitySettings settings,
      HandlerExceptionResolver problems) {
    this.credentials = credentials;
    this.limits = limits;
    this.rates = settings.rates();
    this.problems = problems;
  }

  /** A bucket of a network address; those of credentials are named by the credential's hash. */
  record Address(String kind, String network) {}

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    try {
      List<String> headers = Collections.list(request.getHeaders(HttpHeaders.AUTHORIZATION));
      if (headers.isEmpty()) {
        count(limits.take(new Address("stranger", network(request)), rates.perAddress()), response);
      } else {
        Credential credential = credential(headers, request, response);
        count(limits.take(credential.hash(), credential.ratePerMinute()), response);
        var context = SecurityContextHolder.createEmptyContext();
        context.setAuthentication(new CallerAuthentication(credential));
        SecurityContextHolder.setContext(context);
      }
    } catch (Problem | DataAccessException refusal) {
      problems.resolveException(request, response, null, refusal);
      return;
    }
    chain.doFilter(request, response);
  }

  private Credential credential(
      List<String> headers, HttpServletRequest request, HttpServletResponse response) {
    Optional<BearerToken> token =
        headers.size() == 1 ? token(headers.getFirst()) : Optional.empty();
    Optional<Credential> known = token.flatMap(credentials::remembered);
    if (known.isPresent()) {
      return known.get();
    }
    // Guessing is hopeless, but each guess would cost a query: who has guessed often enough waits.
    var guesses = new Address("guess", network(request));
    if (token.isPresent()) {
      var allowance = limits.look(guesses, rates.failures());
      if (!allowance.isWithin()) {
        count(allowance, response);
      }
    }
    return token
        .flatMap(credentials::find)
        .orElseThrow(() -> {
          count(limits.take(guesses, rates.failures()), response);
          return new Problem(
              ProblemType.UNAUTHENTICATED,
              "The Authorization header names no session or key that is good now. Sign in"
                  + " again, or use another key.");
        });
  }

  private static Optional<BearerToken> token(String header) {
    return Optional.ofNullable(bearer(header)).flatMap(BearerToken::parse);
  }

  /** What follows {@code Bearer}; null for another scheme. */
  static @Nullable String bearer(String header) {
    return header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())
        ? header.substring(SCHEME.length())
        : null;
  }

  /** Tells the allowance in the answer, in the IETF draft's words and in those of OpenAI. */
  static void count(Allowance allowance, HttpServletResponse response) {
    // Put together by hand: this is said with each answer.
    response.setHeader("RateLimit-Policy", "\"rpm\";q=" + allowance.limit() + ";w=60");
    response.setHeader(
        "RateLimit", "\"rpm\";r=" + allowance.remaining() + ";t=" + seconds(allowance.untilFull()));
    response.setHeader("x-ratelimit-limit-requests", Integer.toString(allowance.limit()));
    response.setHeader("x-ratelimit-remaining-requests", Long.toString(allowance.remaining()));
    response.setHeader("x-ratelimit-reset-requests", allowance.untilFull().toMillis() + "ms");
    if (!allowance.isWithin()) {
      int wait = Math.toIntExact(Math.max(1, seconds(allowance.untilNext())));
      throw new Problem(
          ProblemType.RATE_LIMITED,
          "At most %d requests a minute are taken here. Try again in %d s."
              .formatted(allowance.limit(), wait),
          wait);
    }
  }

  /** Rounded up. */
  private static long seconds(Duration duration) {
    return duration.plusNanos(999_999_999).toSeconds();
  }

  /** The address, or the /64 of an IPv6 address: whoever has one has the whole of it. */
  static String network(HttpServletRequest request) {
    String text = request.getRemoteAddr();
    try {
      var address = InetAddress.ofLiteral(text);
      return address instanceof Inet6Address
          ? Arrays.toString(Arrays.copyOf(address.getAddress(), 8))
          : address.getHostAddress();
    } catch (IllegalArgumentException e) {
      return "unknown"; // a proxy that we were told to trust says what is no address
    }
  }
}
