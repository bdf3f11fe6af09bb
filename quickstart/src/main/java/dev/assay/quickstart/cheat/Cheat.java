package dev.assay.quickstart.cheat;

import java.util.Locale;

/** How a {@link CheatingWorker} comes by its answers. */
public enum Cheat {
  /** The same unit vector for every text, which costs nothing. */
  LAZY("one constant vector for all"),

  /** A cheaper model is sold as the one that was asked for. */
  SUBSTITUTING("the model in 8 bits"),

  /** What another worker answered last, whatever it was asked. */
  COPYING("another worker's last answer"),

  /** The right answers, blurred. */
  NOISY("right answers and noise of 1e-3"),

  /** Answers honestly, and shows its answers to whoever copies. */
  LEAKING("right answers, shown to the copying");

  private final String words;

  Cheat(String words) {
    this.words = words;
  }

  /** What it answers. */
  public String words() {
    return words;
  }

  /** Whether its answers are right. */
  public boolean isHonest() {
    return this == LEAKING;
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
