package dev.assay.marketplace.identity;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.web.util.ServletRequestPathUtils;

/** What {@link AccessRules} demands of an operation, in the words of OpenAPI. */
public final class OperationNeeds {
  private OperationNeeds() {}

  /** Scopes by security scheme; empty if the operation is public. */
  public static Map<String, List<String>> of(String method, String path) {
    var request = new MockHttpServletRequest(method, path.replaceAll("\\{[^}]*}", "x"));
    request.setPathInfo(null);
    ServletRequestPathUtils.parseAndCache(request);
    return switch (AccessRules.need(request).orElseThrow()) {
      case AccessRules.Need.Nobody() -> Map.of();
      case AccessRules.Need.Of(var audience) ->
          Map.of(audience.name().toLowerCase(Locale.ROOT), List.of());
      case AccessRules.Need.With(var scope) -> Map.of("requester", List.of(scope.code()));
      case AccessRules.Need.As(var role) -> Map.of("admin", List.of(role.code()));
    };
  }
}
