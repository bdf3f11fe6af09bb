package dev.assay.marketplace.identity;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.security.authentication.AbstractAuthenticationToken;
import org.springframework.security.core.context.SecurityContextHolder;

/** An operator whose token was found to be good, as Spring Security carries it. */
final class AdminAuthentication extends AbstractAuthenticationToken {
  private final transient Admin admin;

  AdminAuthentication(Admin admin) {
    super(List.of());
    this.admin = admin;
    setAuthenticated(true);
  }

  /** That of the present request; nothing for anybody else's. */
  static Optional<Admin> current() {
    return SecurityContextHolder.getContext().getAuthentication()
            instanceof AdminAuthentication known
        ? Optional.of(known.admin)
        : Optional.empty();
  }

  @Override
  public Admin getPrincipal() {
    return admin;
  }

  @Override
  public String getCredentials() {
    return "";
  }

  @Override
  public String getName() {
    return admin.name();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof AdminAuthentication known && admin.equals(known.admin);
  }

  @Override
  public int hashCode() {
    return admin.hashCode();
  }
}
