package dev.assay.quickstart.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** docs/operations/halts.md: whoever is woken by settlement finds there what to do. */
class RunbookTests {
  private static final Path PAGE = Path.of("docs/operations/halts.md");

  /** The first argument: a text, or the name of a constant beside it. */
  private static final Pattern ALARM =
      Pattern.compile("halts\\s*\\.\\s*(?:halt|warn)\\(\\s*(?:\"([a-z-]+)\"|([A-Z_]+))");

  @Test
  void every_reason_for_which_settlement_alarms_has_its_section() {
    Set<String> alarms = alarms();

    assertThat(alarms)
        .contains("gas-tank", "reconciliation", "foreign-settlement")
        .hasSizeGreaterThan(9);
    assertThat(sections()).containsAll(alarms);
  }

  @Test
  void no_section_is_about_a_reason_that_is_no_more() {
    assertThat(alarms()).containsAll(sections());
  }

  private static Set<String> sections() {
    Set<String> sections = new TreeSet<>();
    Pattern.compile("(?m)^## (\\S+)$")
        .matcher(Tree.read(PAGE))
        .results()
        .forEach(heading -> sections.add(heading.group(1)));
    return sections;
  }

  private static Set<String> alarms() {
    Set<String> alarms = new TreeSet<>();
    for (Path source : Tree.files(".java")) {
      if (source.startsWith("settlement/src/main")) {
        String text = Tree.read(source);
        for (MatchResult alarm : ALARM.matcher(text).results().toList()) {
          alarms.add(alarm.group(1) != null ? alarm.group(1) : constant(text, alarm.group(2)));
        }
      }
    }
    return alarms;
  }

  private static String constant(String text, String name) {
    return Pattern.compile("String " + name + " = \"([a-z-]+)\"")
        .matcher(text)
        .results()
        .map(found -> found.group(1))
        .findFirst()
        .orElseThrow(() -> new AssertionError(name + " is not beside its use"));
  }
}
