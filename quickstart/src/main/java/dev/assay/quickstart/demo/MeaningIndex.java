package dev.assay.quickstart.demo;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Passages by their vectors: what is nearest in direction is nearest in meaning. */
public final class MeaningIndex {
  private final Map<Passage, float[]> vectors = new LinkedHashMap<>();

  /**
   * @param likeness the cosine of the angle between question and passage, at most 1
   */
  public record Hit(Passage passage, double likeness) {}

  /** Replaces what was known of the passage. */
  public synchronized void put(Passage passage, float[] vector) {
    vectors.put(passage, vector);
  }

  public synchronized int size() {
    return vectors.size();
  }

  /** The most alike first. */
  public synchronized List<Hit> nearest(float[] question, int most) {
    return vectors.entrySet().stream()
        .map(entry -> new Hit(entry.getKey(), cosine(question, entry.getValue())))
        .sorted(Comparator.comparingDouble(Hit::likeness).reversed())
        .limit(most)
        .toList();
  }

  /**
   * @throws IllegalArgumentException if they are not of the same length
   */
  public static double cosine(float[] a, float[] b) {
    if (a.length != b.length) {
      throw new IllegalArgumentException(
          "A vector has %d dimensions, the other %d.".formatted(a.length, b.length));
    }
    double dot = 0;
    double aa = 0;
    double bb = 0;
    for (int i = 0; i < a.length; i++) {
      dot += a[i] * (double) b[i];
      aa += a[i] * (double) a[i];
      bb += b[i] * (double) b[i];
    }
    return dot / Math.sqrt(aa * bb);
  }
}
