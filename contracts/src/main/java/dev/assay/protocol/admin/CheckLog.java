package dev.assay.protocol.admin;

import java.util.Collection;
import java.util.Iterator;
import java.util.Map;
import java.util.TreeMap;

/**
 * Whether a log is one chain from its first row on, and goes on from where it was when somebody
 * noted its head. A row that was changed, taken out, put in or moved breaks the chain; an end that
 * was cut off, and a chain that was written anew, do not: only a head that was noted shows them.
 */
public final class CheckLog {
  /** What came of it. */
  public sealed interface Finding {
    /** In words, for people. */
    String words();
  }

  /**
   * @param head of the log; what to note for the next time
   */
  public record Holds(LogHead head) implements Finding {
    @Override
    public String words() {
      return "%d rows, one chain; its head is %s".formatted(head.number(), head);
    }
  }

  /**
   * @param number of the row at which it shows
   */
  public record Broken(long number, String words) implements Finding {}

  private CheckLog() {}

  /**
   * @param rows as the log lists them, read once
   * @param noted heads of before; they may be of any age
   */
  public static Finding of(Iterator<LoggedAction> rows, Collection<LogHead> noted) {
    Map<Long, LogHead> heads = new TreeMap<>();
    for (LogHead head : noted) {
      LogHead other = heads.put(head.number(), head);
      if (other != null && !other.equals(head)) {
        return new Broken(head.number(), "two heads of the same number were noted: it was forked");
      }
    }
    LogHead last = LogHead.EMPTY;
    LogHead atStart = heads.remove(last.number());
    if (atStart != null && !atStart.equals(last)) {
      return new Broken(0, "an empty log has no such head");
    }
    while (rows.hasNext()) {
      LoggedAction row = rows.next();
      long due = last.number() + 1;
      if (row.number() != due) {
        return new Broken(due, "row %d stands where row %d belongs".formatted(row.number(), due));
      }
      if (!row.previous().equals(last.hash())) {
        return new Broken(due, "row %d does not follow the row before it".formatted(due));
      }
      if (!row.computedHash().equals(row.hash())) {
        return new Broken(due, "row %d is not what its hash was made of".formatted(due));
      }
      last = row.head();
      LogHead before = heads.remove(due);
      if (before != null && !before.equals(last)) {
        return new Broken(
            due, "row %d was another when its head was noted: it was written anew".formatted(due));
      }
    }
    if (!heads.isEmpty()) {
      long missing = heads.keySet().iterator().next();
      return new Broken(
          last.number() + 1,
          "the log ends with row %d, and had row %d when a head was noted: its end was cut off"
              .formatted(last.number(), missing));
    }
    return new Holds(last);
  }
}
