package dev.assay.agent.market;

import java.util.HexFormat;
import java.util.random.RandomGenerator;

/**
 * The start of one trace, as W3C Trace Context writes it ({@code version-trace-parent-flags}).
 *
 * @param traceId 32 hexadecimal digits, not all zero
 * @param parentId 16 hexadecimal digits, not all zero
 */
public record Traceparent(String traceId, String parentId) {
  /** A new, sampled trace. */
  public static Traceparent startedBy(RandomGenerator chance) {
    return new Traceparent(hex(chance, 16), hex(chance, 8));
  }

  private static String hex(RandomGenerator chance, int length) {
    byte[] bytes = new byte[length];
    chance.nextBytes(bytes);
    bytes[0] |= 1; // All zeroes means "no trace" and is invalid.
    return HexFormat.of().formatHex(bytes);
  }

  /** The value of the {@code traceparent} header. */
  public String header() {
    return "00-" + traceId + "-" + parentId + "-01";
  }
}
