package dev.assay.marketplace.identity;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.security.authentication.AbstractAuthenticationToken;
import org.springframework.security.core.context.SecurityContextHolder;

/** A credential that was found to be good, as Spring Security carries it through a request. */
final class CallerAuthentication extends AbstractAuthenticationToken {
  private final transient Credential credential;

  CallerAuthentication(Credential credential) {
    super(List.of());
    this.credential = credential;
    setAuthenticated(true);
  }

  /** That of the present request; nothing for a stranger's. */
  static Optional<Credential> current() {
    return SecurityContextHolder.getContext().getAuthentication()
            instanceof CallerAuthentication known
        ? Optional.of(known.credential)
        : Optional.empty();
  }

  @Override
  public Caller getPrincipal() {
    return credential.caller();
  }

  @Override
  public String getCredentials() {
    return "";
  }

  @Override
  public String getName() {
    return credential.caller().wallet().hex();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof CallerAuthentication known && credential.equals(known.credential);
  }

  @Override
  public int hashCode() {
    return credential.hashCode();
  }
}
