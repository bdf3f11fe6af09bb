package dev.assay.quickstart.bench;

import java.util.Collection;

/**
 * Half, all but a twentieth and all but a hundredth of what was measured were at most so long, in
 * milliseconds.
 *
 * @param count of what was measured
 */
public record Latencies(int count, double p50, double p95, double p99) {
  public static Latencies of(Collection<Double> millis) {
    double[] sorted = millis.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    return sorted.length == 0
        ? new Latencies(0, Double.NaN, Double.NaN, Double.NaN)
        : new Latencies(sorted.length, at(sorted, 0.5), at(sorted, 0.95), at(sorted, 0.99));
  }

  private static double at(double[] sorted, double share) {
    return sorted[Math.min(sorted.length - 1, (int) (share * sorted.length))];
  }
}
