package dev.assay.protocol.receipt;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * That one thing about a receipt is so.
 *
 * @param compared for people: what is the same, or what is not
 */
record Claim(boolean holds, String compared) {
  private static final int SHOWN = 18;

  /** That two things are the same. */
  static Claim same(String what, Object is, String where, Object said) {
    return is.equals(said)
        ? new Claim(true, "%s is %s, %s".formatted(what, where, brief(said)))
        : new Claim(false, "%s is %s, but %s is %s".formatted(what, is, where, said));
  }

  /**
   * @param so what is right when it holds
   * @param otherwise what is wrong when it does not
   */
  static Claim that(boolean holds, String so, String otherwise) {
    return new Claim(holds, holds ? so : otherwise);
  }

  /** All of them, or the first that does not hold. */
  static Step step(String name, List<Claim> claims) {
    return claims.stream()
        .filter(claim -> !claim.holds())
        .findFirst()
        .map(wrong -> new Step(name, false, wrong.compared()))
        .orElseGet(() ->
            new Step(
                name,
                true,
                claims.stream().map(Claim::compared).collect(Collectors.joining("; "))));
  }

  static Step step(String name, Claim... claims) {
    return step(name, Arrays.asList(claims));
  }

  /** Enough of a long value to find it again. */
  private static String brief(Object value) {
    String text = value.toString();
    return text.length() <= 2 * SHOWN
        ? text
        : text.substring(0, SHOWN) + "…" + text.substring(text.length() - 4);
  }
}
