package dev.assay.settlement.intake;

/** An event that came before what it rests on is known here: it is to be delivered again. */
public final class NotYet extends RuntimeException {
  public NotYet(String reason) {
    super(reason);
  }
}
