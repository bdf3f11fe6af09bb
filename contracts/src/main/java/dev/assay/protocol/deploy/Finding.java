package dev.assay.protocol.deploy;

/** Something on chain that is not as it must be. */
public record Finding(String what, String expected, String found) {
  @Override
  public String toString() {
    return "%s is %s, not %s".formatted(what, found, expected);
  }
}
