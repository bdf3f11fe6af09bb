package dev.assay.marketplace.identity;

import dev.assay.protocol.WalletAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A message of EIP-4361 (Sign-In with Ethereum), read by its ABNF in one pass: what is read writes
 * itself again byte for byte, so that what was signed is what is decided by. Narrower than the ABNF
 * where it leaves two forms of one thing: numbers have no leading zeros.
 *
 * @param scheme of the origin, if it is named
 * @param domain the authority (RFC 3986) that asks for the signature
 * @param account whose key signs; the message has it with the checksum of EIP-55
 * @param uri what the signature is for
 */
record SiweMessage(
    Optional<String> scheme,
    String domain,
    WalletAddress account,
    Optional<String> statement,
    URI uri,
    long chainId,
    String nonce,
    Time issuedAt,
    Optional<Time> expirationTime,
    Optional<Time> notBefore,
    Optional<String> requestId,
    Optional<List<URI>> resources) {

  static final int MAX_LENGTH = 4096;

  private static final String ASKS = " wants you to sign in with your Ethereum account:";
  private static final Pattern SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*");
  private static final Pattern STATEMENT =
      Pattern.compile("[A-Za-z0-9\\-._~:/?#\\[\\]@!$&'()*+,;= ]+");
  private static final Pattern CHAIN_ID = Pattern.compile("0|[1-9][0-9]{0,15}");
  private static final Pattern NONCE = Pattern.compile("[A-Za-z0-9]{8,128}");
  private static final Pattern DATE_TIME =
      Pattern.compile(
          "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,9})?"
              + "(Z|[+-][0-9]{2}:[0-9]{2})");
  private static final Pattern PCHARS =
      Pattern.compile("([A-Za-z0-9\\-._~!$&'()*+,;=:@]|%[0-9A-Fa-f]{2})*");

  /** A date-time of RFC 3339, with the text that was signed. */
  record Time(String text, Instant instant) {
    static Time of(Instant instant) {
      return new Time(instant.toString(), instant);
    }
  }

  /** The message is not one of EIP-4361. Its message says where and why. */
  static final class Malformed extends RuntimeException {
    private Malformed(int line, String why) {
      super("Line %d of the message: %s".formatted(line, why), null, false, false);
    }
  }

  SiweMessage {
    resources = resources.map(List::copyOf);
  }

  /**
   * @throws Malformed for anything but a message of EIP-4361
   */
  static SiweMessage parse(String text) {
    if (text.length() > MAX_LENGTH) {
      throw new Malformed(1, "it has more than %d characters.".formatted(MAX_LENGTH));
    }
    var lines = new Lines(text);
    String origin = lines.before(ASKS);
    int separator = origin.indexOf("://");
    Optional<String> scheme =
        separator < 0
            ? Optional.empty()
            : Optional.of(lines.matching(SCHEME, "the scheme", origin.substring(0, separator)));
    String domain = domain(lines, separator < 0 ? origin : origin.substring(separator + 3));
    WalletAddress account = account(lines, lines.next());
    lines.empty("the address is followed by an empty line.");
    String next = lines.next();
    Optional<String> statement = Optional.empty();
    if (!next.isEmpty()) {
      statement = Optional.of(lines.matching(STATEMENT, "the statement", next));
      lines.empty("an empty line stands before URI:, also where there is no statement.");
    }
    URI uri = uri(lines, lines.after("URI: "));
    if (!lines.after("Version: ").equals("1")) {
      throw lines.malformed("the version is 1.");
    }
    long chainId =
        Long.parseLong(lines.matching(CHAIN_ID, "the chain id", lines.after("Chain ID: ")));
    String nonce = lines.matching(NONCE, "the nonce", lines.after("Nonce: "));
    Time issuedAt = time(lines, lines.after("Issued At: "));
    Optional<Time> expirationTime =
        lines.optional("Expiration Time: ").map(value -> time(lines, value));
    Optional<Time> notBefore = lines.optional("Not Before: ").map(value -> time(lines, value));
    Optional<String> requestId =
        lines
            .optional("Request ID: ")
            .map(value -> lines.matching(PCHARS, "the request id", value));
    Optional<List<URI>> resources = resources(lines);
    lines.end();
    var message =
        new SiweMessage(
            scheme,
            domain,
            account,
            statement,
            uri,
            chainId,
            nonce,
            issuedAt,
            expirationTime,
            notBefore,
            requestId,
            resources);
    if (!message.toString().equals(text)) {
      throw new IllegalStateException("A sign-in message was read as another than was sent.");
    }
    return message;
  }

  private static String domain(Lines lines, String text) {
    // java.net.URI alone would take other letters than ASCII, and a registry-based authority.
    if (isVisibleAscii(text)) {
      try {
        var uri = new URI("any://" + text);
        if (text.equals(uri.getRawAuthority()) && uri.getHost() != null) {
          return text;
        }
      } catch (URISyntaxException e) {
        // Said below.
      }
    }
    throw lines.malformed("the domain is not host[:port].");
  }

  private static WalletAddress account(Lines lines, String text) {
    WalletAddress account;
    try {
      account = new WalletAddress(text);
    } catch (IllegalArgumentException e) {
      throw lines.malformed("there should be a wallet address: 0x and 40 hexadecimal digits.");
    }
    if (!account.checksummed().equals(text)) {
      throw lines.malformed("the address has not the checksum of EIP-55 in its letters' case.");
    }
    return account;
  }

  private static URI uri(Lines lines, String text) {
    if (isVisibleAscii(text)) {
      try {
        var uri = new URI(text);
        if (uri.isAbsolute() && uri.toString().equals(text)) {
          return uri;
        }
      } catch (URISyntaxException e) {
        // Said below.
      }
    }
    throw lines.malformed("this is not an absolute URI (RFC 3986).");
  }

  private static Time time(Lines lines, String text) {
    if (DATE_TIME.matcher(text).matches()) {
      try {
        return new Time(text, OffsetDateTime.parse(text).toInstant());
      } catch (DateTimeException e) {
        // Said below.
      }
    }
    throw lines.malformed("a time is RFC 3339, for example 2026-11-23T12:00:00Z.");
  }

  private static Optional<List<URI>> resources(Lines lines) {
    if (!lines.optionalLine("Resources:")) {
      return Optional.empty();
    }
    List<URI> resources = new ArrayList<>();
    for (var next = lines.optional("- "); next.isPresent(); next = lines.optional("- ")) {
      resources.add(uri(lines, next.get()));
    }
    return Optional.of(resources);
  }

  private static boolean isVisibleAscii(String text) {
    return !text.isEmpty() && text.chars().allMatch(c -> c > ' ' && c < 0x7f);
  }

  /** The message as it is signed. */
  @Override
  public String toString() {
    var text = new StringBuilder();
    scheme.ifPresent(value -> text.append(value).append("://"));
    text.append(domain).append(ASKS).append('\n');
    text.append(account.checksummed()).append("\n\n");
    statement.ifPresent(value -> text.append(value).append('\n'));
    text.append("\nURI: ").append(uri);
    text.append("\nVersion: 1");
    text.append("\nChain ID: ").append(chainId);
    text.append("\nNonce: ").append(nonce);
    text.append("\nIssued At: ").append(issuedAt.text());
    expirationTime.ifPresent(value -> text.append("\nExpiration Time: ").append(value.text()));
    notBefore.ifPresent(value -> text.append("\nNot Before: ").append(value.text()));
    requestId.ifPresent(value -> text.append("\nRequest ID: ").append(value));
    resources.ifPresent(values -> {
      text.append("\nResources:");
      values.forEach(value -> text.append("\n- ").append(value));
    });
    return text.toString();
  }

  /** Goes through the lines once. A line feed ends a line, except the last, which has none. */
  private static final class Lines {
    private final String text;

    /** Where the next line begins; beyond the text when there is none. */
    private int at;

    /** Of the line that was read last, from 1. */
    private int line;

    Lines(String text) {
      this.text = text;
    }

    String next() {
      line++;
      if (at > text.length()) {
        throw malformed("it is missing.");
      }
      int end = endOfLine();
      String next = text.substring(at, end);
      at = end + 1;
      return next;
    }

    String before(String ending) {
      String next = next();
      if (!next.endsWith(ending)) {
        throw malformed("it ends with '%s'.".formatted(ending.strip()));
      }
      return next.substring(0, next.length() - ending.length());
    }

    String after(String label) {
      String next = next();
      if (!next.startsWith(label)) {
        throw malformed("it begins with '%s' and a space.".formatted(label.strip()));
      }
      return next.substring(label.length());
    }

    void empty(String otherwise) {
      if (!next().isEmpty()) {
        throw malformed(otherwise);
      }
    }

    Optional<String> optional(String label) {
      return at <= text.length() && text.startsWith(label, at)
          ? Optional.of(after(label))
          : Optional.empty();
    }

    boolean optionalLine(String whole) {
      boolean isNext = at <= text.length() && text.substring(at, endOfLine()).equals(whole);
      if (isNext) {
        next();
      }
      return isNext;
    }

    void end() {
      if (at <= text.length()) {
        line++;
        throw malformed("it should not be there, is misspelt, or is out of order.");
      }
    }

    String matching(Pattern shape, String what, String value) {
      if (!shape.matcher(value).matches()) {
        throw malformed("%s has not the form that EIP-4361 gives it.".formatted(what));
      }
      return value;
    }

    Malformed malformed(String why) {
      return new Malformed(line, why);
    }

    private int endOfLine() {
      int end = text.indexOf('\n', at);
      return end < 0 ? text.length() : end;
    }
  }
}
