package dev.assay.marketplace.identity;

import static org.springframework.http.HttpMethod.DELETE;
import static org.springframework.http.HttpMethod.GET;
import static org.springframework.http.HttpMethod.POST;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import java.util.List;
import java.util.Optional;
import org.springframework.http.HttpMethod;
import org.springframework.security.web.servlet.util.matcher.PathPatternRequestMatcher;
import org.springframework.security.web.util.matcher.RequestMatcher;

/** Which credential each operation needs. What is not named here is open to nobody. */
final class AccessRules {
  /** What an operation needs. */
  sealed interface Need {
    /** Nothing: the operation is public. */
    record Nobody() implements Need {}

    /** Any credential of an audience. */
    record Of(Caller.Audience audience) implements Need {}

    /** A requester's credential with a scope. */
    record With(Caller.Scope scope) implements Need {}

    /** An operator with a role. */
    record As(Admin.Role role) implements Need {}
  }

  private record Rule(RequestMatcher operations, Need need) {}

  private static final PathPatternRequestMatcher.Builder PATHS =
      PathPatternRequestMatcher.withDefaults();

  /** The first that matches counts. */
  private static final List<Rule> RULES =
      List.of(
          open(POST, "/api/auth/siwe/nonce"),
          open(POST, "/api/auth/siwe/verify"),
          open(POST, "/worker/v1/sessions"),
          open(GET, "/api/market"),
          open(GET, "/api/models/**"),
          open(GET, "/api/epochs/**"),
          open(GET, "/api/proof-of-reserves"),
          open(GET, "/api/openapi.json"),
          open(GET, "/admin"),
          open(GET, "/admin/*"),
          rule(PATHS.matcher(POST, "/api/admin/approvals/*"), new Need.As(Admin.Role.APPROVER)),
          rule(PATHS.matcher(GET, "/api/admin/**"), new Need.As(Admin.Role.VIEWER)),
          rule(PATHS.matcher("/api/admin/**"), new Need.As(Admin.Role.OPERATOR)),
          rule(PATHS.matcher("/worker/v1/**"), new Need.Of(Caller.Audience.WORKER)),
          rule(PATHS.matcher(DELETE, "/api/auth/session"), new Need.Of(Caller.Audience.REQUESTER)),
          rule(PATHS.matcher("/api/keys/**"), new Need.With(Caller.Scope.KEYS_WRITE)),
          rule(PATHS.matcher(GET, "/api/account/**"), new Need.With(Caller.Scope.ACCOUNT_READ)),
          rule(PATHS.matcher(GET, "/api/**"), new Need.With(Caller.Scope.JOBS_READ)),
          rule(PATHS.matcher("/api/**"), new Need.With(Caller.Scope.JOBS_WRITE)),
          open(GET, "/v1/models/**"),
          rule(PATHS.matcher(GET, "/v1/**"), new Need.With(Caller.Scope.JOBS_READ)),
          rule(PATHS.matcher("/v1/**"), new Need.With(Caller.Scope.JOBS_WRITE)));

  /** Spring MVC answers HEAD by what answers GET. */
  private static final class AsGet extends HttpServletRequestWrapper {
    AsGet(HttpServletRequest request) {
      super(request);
    }

    @Override
    public String getMethod() {
      return "GET";
    }
  }

  private AccessRules() {}

  /** Nothing for a path at which there is nothing. */
  static Optional<Need> need(HttpServletRequest request) {
    var asked = request.getMethod().equals("HEAD") ? new AsGet(request) : request;
    return RULES.stream()
        .filter(rule -> rule.operations().matches(asked))
        .map(Rule::need)
        .findFirst();
  }

  static boolean isMet(Need need, Optional<Caller> caller, Optional<Admin> admin) {
    return switch (need) {
      case Need.Nobody() -> true;
      case Need.Of(var audience) ->
          caller.filter(known -> known.audience() == audience).isPresent();
      case Need.With(var scope) ->
          caller
              .filter(known -> known.audience() == Caller.Audience.REQUESTER)
              .filter(known -> known.scopes().contains(scope))
              .isPresent();
      case Need.As(var role) -> admin.filter(known -> known.has(role)).isPresent();
    };
  }

  private static Rule open(HttpMethod method, String path) {
    return rule(PATHS.matcher(method, path), new Need.Nobody());
  }

  private static Rule rule(RequestMatcher operations, Need need) {
    return new Rule(operations, need);
  }
}
