package dev.assay.protocol;

/** What the Court punishes. A case's id begins with its kind, so that nobody stands trial twice. */
public enum Offence {
  /** Two different claims about one attempt: the whole bond, at once. */
  CONTRADICTION(1),
  /** None of the known right answers: frozen, open to appeal. */
  CANARY(2),
  /** Found invalid by the committee that the beacon drew: frozen, open to appeal. */
  VERDICT(3),
  /** The operator held back pay for a leaf that was not drawn: the penalty, at once. */
  ILLEGITIMATE_AUDIT(4),
  /** The operator signed two seals of one epoch: the whole bond, at once. */
  EQUIVOCATION(5),
  /** The operator sealed and did not reveal: the penalty, at once. */
  WITHHELD_BEACON(6);

  private final int number;

  Offence(int number) {
    this.number = number;
  }

  /**
   * @throws IllegalArgumentException outside 1 to 6
   */
  public static Offence of(int number) {
    Check.range("The number of an offence", number, 1, 6);
    return values()[number - 1];
  }

  /** The contracts' number for it. */
  public int number() {
    return number;
  }

  /** The id of the one case that there can be about this. */
  public Digest caseId(WalletAddress accused, Digest subject) {
    return new Words(3).number(number).address(accused).digest(subject).keccak256();
  }

  /** The subject of a worker's offence: one attempt at one job. */
  public static Digest attempt(Digest jobId, long attempt) {
    Check.uint32("attempt", attempt);
    return new Words(2).digest(jobId).number(attempt).keccak256();
  }

  /** The subject of the operator's offences about an epoch. */
  public static Digest epoch(long epoch) {
    Check.uint53("epoch", epoch);
    return Digest.of(new Words(1).number(epoch).toBytes());
  }
}
