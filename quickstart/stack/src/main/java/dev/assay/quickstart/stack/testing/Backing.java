package dev.assay.quickstart.stack.testing;

import dev.assay.quickstart.stack.PostgresServer;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** Where tests get PostgreSQL and Kafka from. */
enum Backing {
  /** Child processes where PostgreSQL's programs exist for the machine, else Docker. */
  AUTO,
  EMBEDDED,
  DOCKER;

  static final String PROPERTY = "assay.backing";

  /** As {@code -Dassay.backing} says. */
  static Backing chosen() {
    return named(System.getProperty(PROPERTY, ""));
  }

  /**
   * Never {@link #AUTO}.
   *
   * @param name empty for {@code auto}
   */
  static Backing named(String name) {
    if (name.isEmpty() || name.equals(AUTO.label())) {
      return PostgresServer.existsForThisMachine() ? EMBEDDED : DOCKER;
    }
    return Arrays.stream(values())
        .filter(backing -> backing.label().equals(name))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "-D%s=%s is not known. There are: %s."
                    .formatted(
                        PROPERTY,
                        name,
                        Arrays.stream(values())
                            .map(Backing::label)
                            .collect(Collectors.joining(", ")))));
  }

  private String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
