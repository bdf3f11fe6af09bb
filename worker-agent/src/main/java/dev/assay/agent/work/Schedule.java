package dev.assay.agent.work;

import java.time.DayOfWeek;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The hours of the week in which a worker works, by the machine's own time. {@code 22:00-07:00}
 * goes past midnight; {@code mon-fri 18:00-08:00, sat-sun 00:00-24:00} has days, which are those on
 * which a window begins.
 */
public record Schedule(List<Window> windows, String text) {
  public static final Schedule ALWAYS = new Schedule(List.of(), "always");

  private static final Pattern WINDOW =
      Pattern.compile("(?:([a-z]{3})(?:-([a-z]{3}))? +)?([0-9]{2}:[0-9]{2})-([0-9]{2}:[0-9]{2})");
  private static final List<String> DAYS = List.of("mon", "tue", "wed", "thu", "fri", "sat", "sun");

  /**
   * @param from inclusive
   * @param to exclusive; {@link LocalTime#MIDNIGHT} is the end of the day
   */
  record Window(Set<DayOfWeek> days, LocalTime from, LocalTime to) {
    Window {
      days = Set.copyOf(days);
    }

    boolean contains(LocalDateTime moment) {
      LocalTime time = moment.toLocalTime();
      DayOfWeek day = moment.getDayOfWeek();
      boolean endsNextDay = !to.isAfter(from);
      if (!endsNextDay) {
        return days.contains(day) && !time.isBefore(from) && time.isBefore(to);
      }
      return (days.contains(day) && !time.isBefore(from))
          || (days.contains(day.minus(1)) && time.isBefore(to));
    }
  }

  public Schedule {
    windows = List.copyOf(windows);
  }

  /**
   * @throws IllegalArgumentException if the text is none, with words that say how one looks
   */
  public static Schedule parse(String text) {
    if (text.equals("always")) {
      return ALWAYS;
    }
    List<Window> windows = new ArrayList<>();
    for (String part : text.toLowerCase(Locale.ROOT).split(",", -1)) {
      Matcher window = WINDOW.matcher(part.strip());
      if (!window.matches()) {
        throw none();
      }
      windows.add(
          new Window(
              days(window.group(1), window.group(2)),
              time(window.group(3)),
              time(window.group(4))));
    }
    return new Schedule(windows, text);
  }

  /** Why not to work at a moment, in words; nothing if it is within a window. */
  Optional<String> objection(LocalDateTime moment) {
    return windows.isEmpty() || windows.stream().anyMatch(window -> window.contains(moment))
        ? Optional.empty()
        : Optional.of("It is outside of the hours to work, " + text + ".");
  }

  @Override
  public String toString() {
    return text;
  }

  private static Set<DayOfWeek> days(String first, String last) {
    if (first == null) {
      return EnumSet.allOf(DayOfWeek.class);
    }
    int from = DAYS.indexOf(first);
    int to = last == null ? from : DAYS.indexOf(last);
    if (from < 0 || to < 0) {
      throw none();
    }
    Set<DayOfWeek> days = EnumSet.noneOf(DayOfWeek.class);
    for (int day = from; ; day = (day + 1) % 7) {
      days.add(DayOfWeek.of(day + 1));
      if (day == to) {
        return days;
      }
    }
  }

  private static LocalTime time(String text) {
    try {
      return text.equals("24:00") ? LocalTime.MIDNIGHT : LocalTime.parse(text);
    } catch (DateTimeParseException e) {
      throw none();
    }
  }

  private static IllegalArgumentException none() {
    return new IllegalArgumentException(
        "A schedule is 'always' or windows such as 22:00-07:00 or mon-fri 18:00-08:00, several"
            + " with commas between.");
  }
}
