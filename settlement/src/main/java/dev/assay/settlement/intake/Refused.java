package dev.assay.settlement.intake;

/**
 * An event that says what is not so. It has no effect, now or later; it goes to the dead letters
 * for people to see.
 */
public final class Refused extends RuntimeException {
  public Refused(String reason) {
    super(reason);
  }
}
