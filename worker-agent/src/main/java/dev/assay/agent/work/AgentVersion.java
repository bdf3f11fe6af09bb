package dev.assay.agent.work;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Compares what agents call themselves, such as {@code assay-worker/0.1.0}. */
final class AgentVersion {
  private static final Pattern NUMBERS = Pattern.compile("(\\d{1,6})\\.(\\d{1,6})\\.(\\d{1,6})");

  private AgentVersion() {}

  /** Whether both have numbers and the first's are lower; a version without numbers is not old. */
  static boolean isOlder(String version, String minimum) {
    Matcher ours = NUMBERS.matcher(version);
    Matcher theirs = NUMBERS.matcher(minimum);
    if (!ours.find() || !theirs.find()) {
      return false;
    }
    for (int part = 1; part <= 3; part++) {
      int difference =
          Integer.compare(Integer.parseInt(ours.group(part)), Integer.parseInt(theirs.group(part)));
      if (difference != 0) {
        return difference < 0;
      }
    }
    return false;
  }
}
