package dev.assay.protocol.audit;

import java.util.Arrays;

/**
 * Adds up soft evidence against one worker: flags that alone prove nothing. After each audit it is
 * the mean, over a few assumed rates q of cheating, of the likelihood ratio ∏ q/α₀ for a flag and ∏
 * (1 − q)/(1 − α₀) for a pass. If an honest worker is flagged with probability α₀ at most, this is
 * a supermartingale that begins at 1, so that it <em>ever</em> reaches 10⁶ with probability 10⁻⁶ at
 * most, however often one looks (Ville's inequality).
 */
public final class EProcess {
  /** α₀: an upper bound, shown by calibration, on the rate at which honest answers are flagged. */
  public static final double HONEST_FLAG_RATE = 1e-3;

  /** Nobody is accused below. */
  public static final double DECISIVE = 1e6;

  public static final EProcess NEW = new EProcess(new double[4]);

  private static final double[] RATES = {0.02, 0.1, 0.5, 0.95};

  private final double[] logs;

  private EProcess(double[] logs) {
    this.logs = logs;
  }

  public EProcess after(boolean isFlagged) {
    double[] next = logs.clone();
    for (int i = 0; i < RATES.length; i++) {
      next[i] +=
          isFlagged
              ? StrictMath.log(RATES[i] / HONEST_FLAG_RATE)
              : StrictMath.log((1 - RATES[i]) / (1 - HONEST_FLAG_RATE));
    }
    return new EProcess(next);
  }

  public double value() {
    return Arrays.stream(logs).map(StrictMath::exp).sum() / RATES.length;
  }

  public boolean isDecisive() {
    return value() >= DECISIVE;
  }
}
