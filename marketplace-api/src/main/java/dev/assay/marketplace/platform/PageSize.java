package dev.assay.marketplace.platform;

/**
 * How many things a page of a list has at most: the parameter {@code limit}, 1 to {@value #MAX}.
 */
public record PageSize(int value) {
  public static final int MAX = 100;

  /** For whoever does not say. */
  public static final String DEFAULT = "20";

  /**
   * @throws Problem {@link ProblemType#INVALID_PARAMETER} for anything but decimal digits without
   *     leading zeros, from 1 to {@value #MAX}
   */
  static PageSize parse(String text) {
    if (text.matches("[1-9][0-9]{0,2}") && Integer.parseInt(text) <= MAX) {
      return new PageSize(Integer.parseInt(text));
    }
    throw new Problem(
        ProblemType.INVALID_PARAMETER, "limit is a whole number from 1 to %d.".formatted(MAX));
  }

  /** One more than the page has, to see whether there is another page. */
  public int andOneMore() {
    return value + 1;
  }
}
