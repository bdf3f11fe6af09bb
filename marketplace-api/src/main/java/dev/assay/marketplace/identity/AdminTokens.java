package dev.assay.marketplace.identity;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import dev.assay.marketplace.identity.Admin.Role;
import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.security.oauth2.core.DelegatingOAuth2TokenValidator;
import org.springframework.security.oauth2.core.OAuth2Error;
import org.springframework.security.oauth2.core.OAuth2TokenValidator;
import org.springframework.security.oauth2.core.OAuth2TokenValidatorResult;
import org.springframework.security.oauth2.jwt.BadJwtException;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtClaimNames;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.JwtException;
import org.springframework.security.oauth2.jwt.JwtIssuerValidator;
import org.springframework.security.oauth2.jwt.JwtTimestampValidator;
import org.springframework.security.oauth2.jwt.NimbusJwtDecoder;
import org.springframework.stereotype.Component;

/**
 * What operators' tokens say: signed by the issuer, for this audience, in their time. What reads
 * them is made for the first of them; a market that nobody operates from afar starts without.
 */
@Component
class AdminTokens {
  /** None that is keyed by a secret, and not {@code none}. */
  private static final Set<JWSAlgorithm> ALGORITHMS =
      Set.of(JWSAlgorithm.RS256, JWSAlgorithm.PS256, JWSAlgorithm.ES256, JWSAlgorithm.ES384);

  private static final Pattern NAME = Pattern.compile("[!-~]{1,100}");
  private static final Duration SKEW = Duration.ofSeconds(30);

  private final AdminSettings settings;
  private final Clock clock;
  private volatile @Nullable JwtDecoder decoder;

  AdminTokens(AdminSettings settings, Clock clock) {
    this.settings = settings;
    this.clock = clock;
  }

  /**
   * @param token as it came
   * @throws Problem {@link ProblemType#FORBIDDEN} without an issuer and for whom it gives no role,
   *     {@link ProblemType#UNAUTHENTICATED} for a token that is not good, {@link
   *     ProblemType#UNAVAILABLE} while the issuer's keys cannot be read
   */
  Admin read(String token) {
    if (!settings.isOn()) {
      throw new Problem(
          ProblemType.FORBIDDEN,
          "This market has no operators from afar: marketplace.admin.issuer is not set.");
    }
    Jwt jwt;
    try {
      jwt = decoder().decode(token);
    } catch (BadJwtException e) {
      throw new Problem(
          ProblemType.UNAUTHENTICATED,
          "The token is none of this market's issuer for %s that is good now. Get a new one."
              .formatted(settings.audience()));
    } catch (JwtException e) {
      throw new Problem(
          ProblemType.UNAVAILABLE, "The issuer's keys cannot be read for a moment. Try again.");
    }
    var admin = new Admin(String.valueOf(jwt.getSubject()), roles(jwt));
    if (admin.roles().isEmpty()) {
      throw new Problem(
          ProblemType.FORBIDDEN,
          "The token gives no role here: %s names none of viewer, operator, approver."
              .formatted(settings.rolesClaim()));
    }
    return admin;
  }

  private JwtDecoder decoder() {
    JwtDecoder known = decoder;
    if (known == null) {
      synchronized (this) {
        known = decoder == null ? makeDecoder() : decoder;
        decoder = known;
      }
    }
    return known;
  }

  private JwtDecoder makeDecoder() {
    var processor = new DefaultJWTProcessor<SecurityContext>();
    processor.setJWSKeySelector(
        new JWSVerificationKeySelector<>(
            ALGORITHMS, new AdminKeys(URI.create(settings.jwkSetUri()), clock)));
    processor.setJWTClaimsSetVerifier((_, _) -> {
      // Spring's validators below do.
    });
    var time = new JwtTimestampValidator(SKEW);
    time.setClock(clock);
    var made = new NimbusJwtDecoder(processor);
    made.setJwtValidator(
        new DelegatingOAuth2TokenValidator<>(
            List.of(time, new JwtIssuerValidator(settings.issuer()), claims())));
    return made;
  }

  private OAuth2TokenValidator<Jwt> claims() {
    return jwt -> {
      @Nullable Instant expires = jwt.getExpiresAt();
      @Nullable List<String> audience = jwt.getAudience();
      boolean isGood =
          expires != null
              && !expires.isAfter(clock.instant().plus(settings.longest()).plus(SKEW))
              && audience != null
              && audience.contains(settings.audience())
              && NAME.matcher(String.valueOf(jwt.getClaimAsString(JwtClaimNames.SUB))).matches();
      return isGood
          ? OAuth2TokenValidatorResult.success()
          : OAuth2TokenValidatorResult.failure(new OAuth2Error("invalid_token"));
    };
  }

  /** What is no role of ours may be one of somebody else's. */
  private Set<Role> roles(Jwt jwt) {
    Object found = jwt.getClaims();
    for (String name : settings.rolesClaim().split("\\.", -1)) {
      found = found instanceof Map<?, ?> object ? object.get(name) : null;
    }
    Set<Role> roles = EnumSet.noneOf(Role.class);
    if (found instanceof Collection<?> names) {
      names.forEach(name -> Role.of(String.valueOf(name)).ifPresent(roles::add));
    }
    return roles;
  }
}
