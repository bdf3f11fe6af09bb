package dev.assay.marketplace.identity;

import dev.assay.marketplace.identity.AccessRules.Need;
import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.ServerHttpResponse;
import org.springframework.security.authorization.AuthorizationDecision;
import org.springframework.security.config.observation.SecurityObservationSettings;
import org.springframework.security.web.DefaultSecurityFilterChain;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.access.ExceptionTranslationFilter;
import org.springframework.security.web.access.intercept.AuthorizationFilter;
import org.springframework.security.web.context.NullSecurityContextRepository;
import org.springframework.security.web.context.SecurityContextHolderFilter;
import org.springframework.security.web.firewall.FirewalledRequest;
import org.springframework.security.web.firewall.HttpFirewall;
import org.springframework.security.web.firewall.RequestRejectedHandler;
import org.springframework.security.web.firewall.StrictHttpFirewall;
import org.springframework.security.web.header.Header;
import org.springframework.security.web.header.HeaderWriterFilter;
import org.springframework.security.web.header.writers.HstsHeaderWriter;
import org.springframework.security.web.header.writers.StaticHeadersWriter;
import org.springframework.security.web.savedrequest.NullRequestCache;
import org.springframework.security.web.servlet.util.matcher.PathPatternRequestMatcher;
import org.springframework.security.web.util.matcher.AnyRequestMatcher;
import org.springframework.security.web.util.matcher.OrRequestMatcher;
import org.springframework.security.web.util.matcher.RequestMatcher;
import org.springframework.web.context.support.WebApplicationContextUtils;
import org.springframework.web.cors.CorsConfiguration;
import org.springframework.web.cors.DefaultCorsProcessor;
import org.springframework.web.cors.UrlBasedCorsConfigurationSource;
import org.springframework.web.filter.CorsFilter;
import org.springframework.web.servlet.HandlerExceptionResolver;

/**
 * Who gets through: nobody, except by {@link AccessRules}, which know each operation and its
 * audience; what they do not know is answered as if it were not there. The chains are made of
 * Spring Security's parts by hand: its builder asks the context for customizers of thirty kinds at
 * each start, and puts six parts more into each request's way that do nothing here.
 */
@Configuration(proxyBeanMethods = false)
class AccessConfiguration {
  private static final List<String> EXPOSED_HEADERS =
      List.of(
          "x-request-id",
          "Location",
          "Retry-After",
          "RateLimit",
          "RateLimit-Policy",
          "x-ratelimit-limit-requests",
          "x-ratelimit-remaining-requests",
          "x-ratelimit-reset-requests",
          "WWW-Authenticate",
          "Idempotent-Replayed",
          "Preference-Applied",
          "X-Job-Id",
          "X-Receipt",
          "x-should-retry",
          "PAYMENT-REQUIRED",
          "PAYMENT-RESPONSE");

  /** For answers that no browser should make a page of. */
  private static final String NO_CONTENT = "default-src 'none'; frame-ancestors 'none'";

  /** For a page that runs its own script file, and never a text that somebody sent. */
  private static final String OWN_FILES_ONLY =
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self';"
          + " base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
          + " require-trusted-types-for 'script'; trusted-types 'none'";

  private static final PathPatternRequestMatcher.Builder PATHS =
      PathPatternRequestMatcher.withDefaults();

  private final Credentials credentials;
  private final RateLimits limits;
  private final IdentitySettings settings;
  private final AdminTokens adminTokens;
  private final AdminSettings adminSettings;
  private final HandlerExceptionResolver handlerExceptionResolver;

  AccessConfiguration(
      Credentials credentials,
      RateLimits limits,
      IdentitySettings settings,
      AdminTokens adminTokens,
      AdminSettings adminSettings,
      HandlerExceptionResolver handlerExceptionResolver) {
    this.credentials = credentials;
    this.limits = limits;
    this.settings = settings;
    this.adminTokens = adminTokens;
    this.adminSettings = adminSettings;
    this.handlerExceptionResolver = handlerExceptionResolver;
  }

  /** The management port, which strangers do not reach, has its own list of what is open. */
  @Bean
  @Order(1)
  SecurityFilterChain managementChain() {
    return new DefaultSecurityFilterChain(AccessConfiguration::isManagement);
  }

  /** A span for each decision would cost more than the decision. */
  @Bean
  SecurityObservationSettings securityObservations() {
    return SecurityObservationSettings.noObservations();
  }

  /** Operators are named by an issuer of their own; no wallet's credential is good here. */
  @Bean
  @Order(2)
  SecurityFilterChain adminChain() {
    var admins =
        new AdminFilter(
            adminTokens,
            bearers(),
            limits,
            adminSettings,
            settings.rates(),
            handlerExceptionResolver);
    return chain(admins, NO_CONTENT, PATHS.matcher("/api/admin/**"));
  }

  /** The operators' page: files without secrets, which ask for a token and send it from there. */
  @Bean
  @Order(3)
  SecurityFilterChain pageChain() {
    return chain(
        bearers(),
        OWN_FILES_ONLY,
        new OrRequestMatcher(PATHS.matcher("/admin"), PATHS.matcher("/admin/*")));
  }

  /** Requesters and workers, and paths that nobody knows. */
  @Bean
  @Order(4)
  SecurityFilterChain marketChain() {
    return chain(bearers(), NO_CONTENT, AnyRequestMatcher.INSTANCE);
  }

  private BearerFilter bearers() {
    return new BearerFilter(credentials, limits, settings, handlerExceptionResolver);
  }

  private SecurityFilterChain chain(
      Filter whoIsCalling, String content, RequestMatcher operations) {
    // Nobody is remembered from one request to the next: there is no session, and no cookie is
    // ever looked at.
    var context = new SecurityContextHolderFilter(new NullSecurityContextRepository());
    return new DefaultSecurityFilterChain(
        operations, context, headers(content), cors(), whoIsCalling, refusals(), rules());
  }

  /**
   * At once, so that nothing need be wrapped to see when an answer begins. Who answers for one
   * reader only sets {@code Cache-Control} anew.
   */
  private static HeaderWriterFilter headers(String content) {
    var always =
        new StaticHeadersWriter(
            List.of(
                new Header("X-Content-Type-Options", "nosniff"),
                new Header("X-XSS-Protection", "0"),
                new Header("Cache-Control", "no-cache, no-store, max-age=0, must-revalidate"),
                new Header("Pragma", "no-cache"),
                new Header("Expires", "0"),
                new Header("X-Frame-Options", "DENY"),
                new Header("Content-Security-Policy", content),
                new Header("Referrer-Policy", "no-referrer")));
    var filter = new HeaderWriterFilter(List.of(always, new HstsHeaderWriter()));
    filter.setShouldWriteHeadersEagerly(true);
    return filter;
  }

  private ExceptionTranslationFilter refusals() {
    var filter =
        new ExceptionTranslationFilter(
            (request, response, _) -> refuse(request, response), new NullRequestCache());
    filter.setAccessDeniedHandler((request, response, _) -> refuse(request, response));
    return filter;
  }

  private static AuthorizationFilter rules() {
    var filter =
        new AuthorizationFilter((_, request) -> new AuthorizationDecision(isAllowed(request)));
    // Let in when they first came.
    filter.setFilterAsyncDispatch(false);
    filter.setFilterErrorDispatch(false);
    return filter;
  }

  private static boolean isAllowed(HttpServletRequest request) {
    return AccessRules.need(request)
        .filter(need ->
            AccessRules.isMet(
                need,
                CallerAuthentication.current().map(Credential::caller),
                AdminAuthentication.current()))
        .isPresent();
  }

  private void refuse(HttpServletRequest request, HttpServletResponse response) {
    handlerExceptionResolver.resolveException(
        request, response, null, refusal(AccessRules.need(request)));
  }

  private static Problem refusal(Optional<Need> need) {
    if (need.isEmpty()) {
      return new Problem(
          ProblemType.NOT_FOUND,
          "No operation has this path. The paths are listed in the API's reference.");
    }
    if (CallerAuthentication.current().isEmpty() && AdminAuthentication.current().isEmpty()) {
      return new Problem(
          ProblemType.UNAUTHENTICATED,
          need.get() instanceof Need.As
              ? "Send Authorization: Bearer and a token of this market's issuer."
              : "Send Authorization: Bearer and a token of a sign-in, or an API key.");
    }
    return new Problem(ProblemType.FORBIDDEN, missing(need.get()));
  }

  private static String missing(Need need) {
    return switch (need) {
      case Need.Nobody() -> throw new IllegalStateException("A public operation was refused.");
      case Need.Of(var audience) ->
          "This is for %ss. Sign in as one.".formatted(audience.name().toLowerCase(Locale.ROOT));
      case Need.With(var scope) ->
          "This is for requesters whose credential has the scope %s.".formatted(scope.code());
      case Need.As(var role) ->
          "This is for operators of this market with the role %s.".formatted(role.code());
    };
  }

  private static boolean isManagement(HttpServletRequest request) {
    return WebServerApplicationContext.hasServerNamespace(
        WebApplicationContextUtils.getRequiredWebApplicationContext(request.getServletContext()),
        "management");
  }

  private CorsFilter cors() {
    var configuration = new CorsConfiguration();
    configuration.setAllowedOrigins(settings.browserOrigins());
    configuration.setAllowedMethods(List.of("GET", "HEAD", "POST", "PUT", "DELETE"));
    configuration.setAllowedHeaders(List.of("*"));
    configuration.setExposedHeaders(EXPOSED_HEADERS);
    configuration.setAllowCredentials(false);
    configuration.setMaxAge(Duration.ofHours(1));
    var source = new UrlBasedCorsConfigurationSource();
    source.registerCorsConfiguration("/**", configuration);
    var filter = new CorsFilter(source);
    filter.setCorsProcessor(new ProblemForOtherOrigins());
    return filter;
  }

  private final class ProblemForOtherOrigins extends DefaultCorsProcessor {
    @Override
    public boolean processRequest(
        @Nullable CorsConfiguration configuration,
        HttpServletRequest request,
        HttpServletResponse response)
        throws IOException {
      boolean isAllowed = super.processRequest(configuration, request, response);
      if (!isAllowed) {
        handlerExceptionResolver.resolveException(
            request,
            response,
            null,
            new Problem(
                ProblemType.FORBIDDEN,
                "This market does not take requests from pages of this origin."));
      }
      return isAllowed;
    }

    /** Only says so; the body is written above. */
    @Override
    protected void rejectRequest(ServerHttpResponse response) {
      response.setStatusCode(HttpStatus.FORBIDDEN);
    }
  }

  /**
   * Paths that could be read in two ways are refused. Methods, headers and parameters are left to
   * the input policy, which answers with more sense.
   */
  @Bean
  HttpFirewall firewall() {
    StrictHttpFirewall plain = plainPaths();
    StrictHttpFirewall names = plainPaths();
    names.setAllowUrlEncodedSlash(true);
    return new HttpFirewall() {
      @Override
      public FirewalledRequest getFirewalledRequest(HttpServletRequest request) {
        // The slash of a model's name, which OpenAI's clients send encoded.
        return request.getRequestURI().startsWith("/v1/models/")
            ? names.getFirewalledRequest(request)
            : plain.getFirewalledRequest(request);
      }

      @Override
      public HttpServletResponse getFirewalledResponse(HttpServletResponse response) {
        return plain.getFirewalledResponse(response);
      }
    };
  }

  private static StrictHttpFirewall plainPaths() {
    var firewall = new StrictHttpFirewall();
    firewall.setUnsafeAllowAnyHttpMethod(true);
    firewall.setAllowedHeaderNames(_ -> true);
    firewall.setAllowedHeaderValues(_ -> true);
    firewall.setAllowedParameterNames(_ -> true);
    firewall.setAllowedParameterValues(_ -> true);
    return firewall;
  }

  @Bean
  RequestRejectedHandler ambiguousPaths() {
    return (request, response, _) ->
        handlerExceptionResolver.resolveException(
            request,
            response,
            null,
            new Problem(ProblemType.MALFORMED_REQUEST, "The path is not in its plain form."));
  }
}
