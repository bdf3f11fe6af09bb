package dev.assay.quickstart.stack.testing;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** Where tests get PostgreSQL and Kafka from. */
enum Backing {
  EMBEDDED,
  DOCKER;

  static final String PROPERTY = "assay.backing";

  /** As {@code -Dassay.backing} says; embedded unless it says otherwise. */
  static Backing chosen() {
    String wanted = System.getProperty(PROPERTY, "");
    if (wanted.isEmpty()) {
      return EMBEDDED;
    }
    return Arrays.stream(values())
        .filter(backing -> backing.label().equals(wanted))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "-D%s=%s is not known. There are: %s."
                    .formatted(
                        PROPERTY,
                        wanted,
                        Arrays.stream(values())
                            .map(Backing::label)
                            .collect(Collectors.joining(", ")))));
  }

  private String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
