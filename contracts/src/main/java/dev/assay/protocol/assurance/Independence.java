package dev.assay.protocol.assurance;

import java.util.Collection;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * How many independent voices the workers are who agree on a result. Of each kind it is the inverse
 * of the chance that two of them, drawn with replacement, share it (Simpson): three workers of
 * three owners are 3, of one owner 1, of which two have the same owner 1.8.
 *
 * @param owners who could conspire
 * @param regions which could fail together
 * @param hardware classes that could have the same fault
 */
public record Independence(double owners, double regions, double hardware) {
  public static final Independence ALONE = new Independence(1, 1, 1);

  /** One of those who agree. */
  public record Voice(String owner, String region, String hardware) {}

  /**
   * @throws IllegalArgumentException if there is nobody
   */
  public static Independence of(Collection<Voice> voices) {
    if (voices.isEmpty()) {
      throw new IllegalArgumentException("Nobody is not independent of anybody.");
    }
    return new Independence(
        effective(voices, Voice::owner),
        effective(voices, Voice::region),
        effective(voices, Voice::hardware));
  }

  private static double effective(Collection<Voice> voices, Function<Voice, String> kind) {
    Map<String, Long> sizes =
        voices.stream().collect(Collectors.groupingBy(kind, Collectors.counting()));
    double squares = sizes.values().stream().mapToDouble(size -> (double) size * size).sum();
    return (double) voices.size() * voices.size() / squares;
  }
}
