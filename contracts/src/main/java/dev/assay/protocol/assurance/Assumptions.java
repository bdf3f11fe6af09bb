package dev.assay.protocol.assurance;

/**
 * What a bound on errors rests on; said beside it, because no bound is better than these.
 *
 * @param adversary f: share of all work that goes to workers who would cheat if it paid
 * @param colluding φ: share of the verifiers' stake that would lie for them
 * @param missed the part of wrong answers that the method of verification lets pass
 * @param grown h: of honest work, the share that comes from workers with at least as many passes as
 *     the one that is looked at
 */
public record Assumptions(double adversary, double colluding, double missed, double grown) {
  /** A fifth of everything is in one hostile hand, and a method misses one cheat in a hundred. */
  public static final Assumptions DEFAULT = new Assumptions(0.2, 0.2, 0.01, 1);

  /**
   * @throws IllegalArgumentException unless all are shares, of which some of the honest is left
   */
  public Assumptions {
    share("adversary", adversary);
    share("colluding", colluding);
    share("missed", missed);
    share("grown", grown);
    if (adversary == 1 || colluding == 1 || missed == 1 || grown == 0) {
      throw new IllegalArgumentException("Where nothing honest is left, nothing can be said.");
    }
  }

  /** δ: that an audit by one verifier notices a wrong answer. */
  double noticed() {
    return (1 - missed) * (1 - colluding);
  }

  private static void share(String name, double value) {
    if (!(value >= 0 && value <= 1)) {
      throw new IllegalArgumentException("%s is 0 to 1, not %s.".formatted(name, value));
    }
  }
}
