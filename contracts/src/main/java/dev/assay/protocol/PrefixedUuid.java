package dev.assay.protocol;

import java.util.UUID;

/** The text form that all our identifiers share: a prefix that names the kind, then a UUID. */
final class PrefixedUuid {
  private PrefixedUuid() {}

  static UUID parse(String prefix, String text) {
    if (text.startsWith(prefix)) {
      String canonical = text.substring(prefix.length());
      // UUID.fromString alone takes "1-1-1-1-1"; only the canonical form may name something.
      if (canonical.length() == 36) {
        UUID uuid = UUID.fromString(canonical);
        if (uuid.toString().equals(canonical)) {
          return uuid;
        }
      }
    }
    throw new IllegalArgumentException(
        "An identifier of this kind is " + prefix + " and a UUID in lower case.");
  }
}
