package dev.assay.quickstart;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.assay.keystore.PrivateFiles;
import dev.assay.quickstart.stack.ExitCode;
import dev.assay.quickstart.stack.Refusal;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.ParseException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;

/**
 * Names the operators of this machine's market, in the place of an OpenID provider. Whoever may
 * read its key, the owner of the home, may be any operator; elsewhere nobody knows it.
 */
final class DevelopmentIssuer {
  private static final String ISSUER = "urn:assay:development";
  private static final String AUDIENCE = "assay-admin";

  private final Path directory;

  /**
   * @param home the folder that holds the data
   */
  DevelopmentIssuer(Path home) {
    this.directory = home.resolve("admin");
  }

  /** What the API must know of it. */
  Map<String, String> environment() {
    key();
    return Map.of(
        "MARKETPLACE_ADMIN_ISSUER",
        ISSUER,
        "MARKETPLACE_ADMIN_JWKSETURI",
        publicKeys().toUri().toString());
  }

  private Path publicKeys() {
    return directory.resolve("jwks.json");
  }

  /** Made when it is asked for first. */
  private synchronized ECKey key() {
    Path file = directory.resolve("issuer.jwk");
    try {
      if (Files.notExists(file)) {
        ECKey made =
            new ECKeyGenerator(Curve.P_256)
                .keyUse(KeyUse.SIGNATURE)
                .keyIDFromThumbprint(true)
                .generate();
        Files.createDirectories(directory);
        PrivateFiles.create(file, made.toJSONString().getBytes(StandardCharsets.UTF_8));
      }
      ECKey key = ECKey.parse(Files.readString(file));
      PrivateFiles.replace(
          publicKeys(), new JWKSet(key).toString(true).getBytes(StandardCharsets.UTF_8));
      return key;
    } catch (IOException | JOSEException | ParseException e) {
      throw new Refusal(
          ExitCode.CANNOT_CREATE,
          "The key of this machine's operators cannot be kept in %s: %s.".formatted(directory, e),
          e);
    }
  }

  String token(String name, List<String> roles, Duration lifetime) {
    ECKey key = key();
    Instant now = Clock.systemUTC().instant();
    var claims =
        new JWTClaimsSet.Builder()
            .issuer(ISSUER)
            .audience(AUDIENCE)
            .subject(name)
            .claim("roles", roles)
            .issueTime(Date.from(now))
            .expirationTime(Date.from(now.plus(lifetime)))
            .build();
    var token =
        new SignedJWT(
            new JWSHeader.Builder(JWSAlgorithm.ES256).keyID(key.getKeyID()).build(), claims);
    try {
      token.sign(new ECDSASigner(key));
    } catch (JOSEException e) {
      throw new IllegalStateException("A key that was read cannot sign.", e);
    }
    return token.serialize();
  }
}
