package dev.assay.marketplace.identity;

import com.fasterxml.jackson.annotation.JsonValue;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * An operator of this market, as its issuer names them; a parameter of controllers' methods.
 *
 * @param name the token's subject
 */
public record Admin(String name, Set<Role> roles) {
  /** What an operator may do. No role can slash, or spend what requesters signed. */
  public enum Role {
    /** See everything that operators see. */
    VIEWER,
    /** Stop and let go, propose. Sees as well. */
    OPERATOR,
    /** Agree to what another has proposed. Sees as well. */
    APPROVER;

    /** As it stands in tokens, for example {@code viewer}. */
    @JsonValue
    public String code() {
      return name().toLowerCase(Locale.ROOT);
    }

    static Optional<Role> of(String code) {
      for (Role role : values()) {
        if (role.code().equals(code)) {
          return Optional.of(role);
        }
      }
      return Optional.empty();
    }
  }

  public Admin {
    roles = Set.copyOf(roles);
  }

  /** Whoever may do something may see it. */
  public boolean has(Role role) {
    return role == Role.VIEWER ? !roles.isEmpty() : roles.contains(role);
  }

  /** Who sent a request, once that is known; for those who write down what was tried. */
  public static Optional<Admin> of(HttpServletRequest request) {
    return request.getAttribute(Admin.class.getName()) instanceof Admin admin
        ? Optional.of(admin)
        : Optional.empty();
  }

  void nameIn(HttpServletRequest request) {
    request.setAttribute(Admin.class.getName(), this);
  }
}
