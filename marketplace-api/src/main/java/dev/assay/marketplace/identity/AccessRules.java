package dev.assay.marketplace.identity;

import static org.springframework.http.HttpMethod.DELETE;
import static org.springframework.http.HttpMethod.GET;
import static org.springframework.http.HttpMethod.POST;

import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpMethod;
import org.springframework.http.server.PathContainer;
import org.springframework.web.util.ServletRequestPathUtils;
import org.springframework.web.util.pattern.PathPattern;
import org.springframework.web.util.pattern.PathPatternParser;

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

  /**
   * @param method null for any
   */
  private record Rule(@Nullable HttpMethod method, PathPattern path, Need need) {
    boolean isOf(String asked, PathContainer where) {
      return (method == null || method.matches(asked)) && path.matches(where);
    }
  }

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
          rule(POST, "/api/admin/approvals/*", new Need.As(Admin.Role.APPROVER)),
          rule(GET, "/api/admin/**", new Need.As(Admin.Role.VIEWER)),
          rule(null, "/api/admin/**", new Need.As(Admin.Role.OPERATOR)),
          rule(null, "/worker/v1/**", new Need.Of(Caller.Audience.WORKER)),
          rule(DELETE, "/api/auth/session", new Need.Of(Caller.Audience.REQUESTER)),
          rule(null, "/api/keys/**", new Need.With(Caller.Scope.KEYS_WRITE)),
          rule(GET, "/api/account/**", new Need.With(Caller.Scope.ACCOUNT_READ)),
          rule(GET, "/api/**", new Need.With(Caller.Scope.JOBS_READ)),
          rule(null, "/api/**", new Need.With(Caller.Scope.JOBS_WRITE)),
          open(GET, "/v1/models/**"),
          rule(GET, "/v1/**", new Need.With(Caller.Scope.JOBS_READ)),
          rule(null, "/v1/**", new Need.With(Caller.Scope.JOBS_WRITE)));

  private AccessRules() {}

  /** Nothing for a path at which there is nothing. */
  static Optional<Need> need(HttpServletRequest request) {
    // Spring MVC answers HEAD by what answers GET.
    String method = request.getMethod().equals("HEAD") ? "GET" : request.getMethod();
    // Looked up once, and not by each rule: it lies behind all that has wrapped the request.
    PathContainer path =
        ServletRequestPathUtils.getParsedRequestPath(request).pathWithinApplication();
    for (Rule rule : RULES) {
      if (rule.isOf(method, path)) {
        return Optional.of(rule.need());
      }
    }
    return Optional.empty();
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
    return rule(method, path, new Need.Nobody());
  }

  private static Rule rule(@Nullable HttpMethod method, String path, Need need) {
    return new Rule(method, PathPatternParser.defaultInstance.parse(path), need);
  }
}
