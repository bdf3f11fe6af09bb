package dev.assay.marketplace.identity;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.test.context.DynamicPropertyRegistrar;

/** An issuer of operators, whose keys the market under test reads as it would any issuer's. */
@TestConfiguration(proxyBeanMethods = false)
public class TestIssuer {
  private static final String ISSUER = "https://issuer.example";
  private static final String AUDIENCE = "assay-admin";
  private static final ECKey KEY = key();
  private static final ECKey ANOTHER = key();
  private static final Path KEYS = write();

  /** Tokens that are good but for one thing, which is their name. */
  public static final Map<String, String> BAD =
      Map.of(
          "expired", sign(KEY, claims(ISSUER, AUDIENCE, Duration.ofMinutes(-5))),
          "for too long", sign(KEY, claims(ISSUER, AUDIENCE, Duration.ofDays(365))),
          "for another audience", sign(KEY, claims(ISSUER, "assay", Duration.ofHours(1))),
          "of another issuer",
              sign(KEY, claims("https://evil.example", AUDIENCE, Duration.ofHours(1))),
          "signed by another key",
              sign(
                  new ECKey.Builder(ANOTHER).keyID(KEY.getKeyID()).build(),
                  claims(ISSUER, AUDIENCE, Duration.ofHours(1))),
          "signed by an unknown key", sign(ANOTHER, claims(ISSUER, AUDIENCE, Duration.ofHours(1))),
          "not signed", new PlainJWT(claims(ISSUER, AUDIENCE, Duration.ofHours(1))).serialize(),
          "cut", operator("ada").substring(0, operator("ada").length() - 4),
          "no token", "eyJ");

  @Bean
  DynamicPropertyRegistrar issuer() {
    return properties -> {
      properties.add("marketplace.admin.issuer", () -> ISSUER);
      properties.add("marketplace.admin.jwk-set-uri", () -> KEYS.toUri().toString());
    };
  }

  /**
   * @param name a key of {@link #BAD}
   */
  public static String bad(String name) {
    return Objects.requireNonNull(BAD.get(name));
  }

  public static String operator(String name) {
    return token(name, "operator");
  }

  public static String token(String name, String... roles) {
    return sign(
        KEY,
        new JWTClaimsSet.Builder(claims(ISSUER, AUDIENCE, Duration.ofHours(1)))
            .subject(name)
            .claim("roles", List.of(roles))
            .build());
  }

  private static JWTClaimsSet claims(String issuer, String audience, Duration lifetime) {
    Instant now = Instant.now();
    return new JWTClaimsSet.Builder()
        .issuer(issuer)
        .audience(audience)
        .subject("ada")
        .claim("roles", List.of("viewer", "operator", "approver"))
        .issueTime(Date.from(now.minus(Duration.ofMinutes(10))))
        .expirationTime(Date.from(now.plus(lifetime)))
        .build();
  }

  private static String sign(ECKey key, JWTClaimsSet claims) {
    var header = new JWSHeader.Builder(JWSAlgorithm.ES256).keyID(key.getKeyID()).build();
    var token = new SignedJWT(header, claims);
    try {
      token.sign(new ECDSASigner(key));
    } catch (JOSEException e) {
      throw new AssertionError(e);
    }
    return token.serialize();
  }

  private static ECKey key() {
    try {
      return new ECKeyGenerator(Curve.P_256).keyIDFromThumbprint(true).generate();
    } catch (JOSEException e) {
      throw new AssertionError(e);
    }
  }

  private static Path write() {
    try {
      Path file = Files.createTempFile("issuer", ".json");
      file.toFile().deleteOnExit();
      return Files.writeString(file, new JWKSet(KEY).toString(true));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
