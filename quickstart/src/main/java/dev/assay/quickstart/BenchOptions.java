package dev.assay.quickstart;

import picocli.CommandLine.Option;

/** What every bench takes. */
final class BenchOptions {
  @Option(names = "--json", description = "print the figures as one JSON object")
  private boolean json;

  @Option(names = "--strict", description = "exit 1 if a goal is missed")
  private boolean strict;

  @Option(
      names = "--seed",
      defaultValue = "1",
      paramLabel = "NUMBER",
      description = "of all that is drawn by chance; default: ${DEFAULT-VALUE}")
  private long seed;

  boolean json() {
    return json;
  }

  boolean strict() {
    return strict;
  }

  long seed() {
    return seed;
  }
}
