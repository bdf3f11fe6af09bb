package dev.assay.protocol.admin;

import dev.assay.protocol.Digest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How far a log went when somebody looked, and how it ended. Who keeps one elsewhere than in the
 * log's own database notices whatever was changed before it. As text {@code 12:0x5a…}.
 *
 * @param number of its last row; 0 for none
 * @param hash of that row; zero for none
 */
public record LogHead(long number, Digest hash) {
  public static final LogHead EMPTY = new LogHead(0, Digest.ZERO);

  private static final Pattern TEXT = Pattern.compile("(0|[1-9][0-9]{0,17}):(0x[0-9a-fA-F]{64})");

  /**
   * @throws IllegalArgumentException for what is no head
   */
  public static LogHead parse(String text) {
    Matcher parts = TEXT.matcher(text);
    if (!parts.matches()) {
      throw new IllegalArgumentException(
          "A head is a number, a colon, 0x and 64 hexadecimal digits.");
    }
    return new LogHead(Long.parseLong(parts.group(1)), Digest.parse(parts.group(2)));
  }

  @Override
  public String toString() {
    return number + ":" + hash;
  }
}
