package dev.assay.marketplace.identity;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.assay.protocol.Digest;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/**
 * What is sent as {@code Authorization: Bearer …}: opaque, 256 random bits. We keep its SHA-256
 * only; a slow hash would protect a guessable secret, which this is not.
 */
sealed interface BearerToken {
  /** SHA-256 of the whole text. */
  Digest hash();

  /** The secret itself, to be given to its owner once. */
  String text();

  /** A signed-in wallet's: {@code ses_} and 43 characters of base64url. */
  record SessionToken(String text) implements BearerToken {
    private static final String PREFIX = "ses_";
    private static final Pattern SHAPE = Pattern.compile(PREFIX + "[A-Za-z0-9_-]{43}");

    static SessionToken create(RandomGenerator chance) {
      return new SessionToken(PREFIX + secret(chance));
    }

    @Override
    public Digest hash() {
      return sha256(text);
    }

    @Override
    public String toString() {
      return "SessionToken[not shown]";
    }
  }

  /**
   * A program's: {@code assay_}, the prefix, {@code _} and 43 characters of base64url.
   *
   * @param prefix names the key; no secret
   */
  record ApiKeyToken(String prefix, String text) implements BearerToken {
    private static final Pattern SHAPE = Pattern.compile("assay_([0-9a-z]{10})_[A-Za-z0-9_-]{43}");
    private static final String LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz";

    static ApiKeyToken create(RandomGenerator chance) {
      var prefix = new StringBuilder();
      for (int i = 0; i < 10; i++) {
        prefix.append(LETTERS.charAt(chance.nextInt(LETTERS.length())));
      }
      return new ApiKeyToken(prefix.toString(), "assay_%s_%s".formatted(prefix, secret(chance)));
    }

    @Override
    public Digest hash() {
      return sha256(text);
    }

    @Override
    public String toString() {
      return "ApiKeyToken[prefix=%s, secret not shown]".formatted(prefix);
    }
  }

  /** Nothing for a text that we cannot have made. */
  static Optional<BearerToken> parse(String text) {
    if (text.startsWith(SessionToken.PREFIX)) {
      return SessionToken.SHAPE.matcher(text).matches()
          ? Optional.of(new SessionToken(text))
          : Optional.empty();
    }
    var key = ApiKeyToken.SHAPE.matcher(text);
    return key.matches() ? Optional.of(new ApiKeyToken(key.group(1), text)) : Optional.empty();
  }

  private static String secret(RandomGenerator chance) {
    byte[] bits = new byte[32];
    chance.nextBytes(bits);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bits);
  }

  private static Digest sha256(String text) {
    try {
      return Digest.of(MessageDigest.getInstance("SHA-256").digest(text.getBytes(US_ASCII)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256.", e);
    }
  }
}
