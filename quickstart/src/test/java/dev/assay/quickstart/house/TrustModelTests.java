package dev.assay.quickstart.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * A promise is as good as the test that tries to break it: {@code docs/trust-model.md} names them.
 */
class TrustModelTests {
  private static final Path PAGE = Path.of("docs/trust-model.md");
  private static final Pattern ROW =
      Pattern.compile("(?m)^\\|(?! *(?:-|[^|]*\\|.*\\| test \\|$)).*$");
  private static final Pattern NAMED = Pattern.compile("`(\\w+Tests)\\.(\\w+)`");

  @Test
  void every_row_names_a_test() {
    List<String> rows = rows(Tree.read(PAGE));

    assertThat(rows).hasSizeGreaterThan(30);
    assertThat(rows).allSatisfy(row -> assertThat(row).containsPattern(NAMED));
  }

  @Test
  void every_test_that_is_named_exists() {
    assertThat(missing(Tree.read(PAGE))).isEmpty();
  }

  @Test
  void a_test_that_does_not_exist_is_noticed() {
    String seeded =
        "`TrustModelTests.every_row_names_a_test` `TrustModelTests.nothing_at_all`"
            + " `EscrowTests.test_settle_gives_it_all_away` `NoSuchTests.every_row_names_a_test`";

    assertThat(missing(seeded))
        .containsExactly(
            "TrustModelTests.nothing_at_all",
            "EscrowTests.test_settle_gives_it_all_away",
            "NoSuchTests.every_row_names_a_test");
  }

  private static List<String> rows(String page) {
    return ROW.matcher(page).results().map(MatchResult::group).toList();
  }

  private static List<String> missing(String text) {
    List<String> missing = new ArrayList<>();
    for (MatchResult named : NAMED.matcher(text).results().toList()) {
      if (!exists(named.group(1), named.group(2))) {
        missing.add(named.group(1) + "." + named.group(2));
      }
    }
    return missing;
  }

  /**
   * In Java as {@code void name(} after an annotation of JUnit, in Solidity as {@code function
   * name(}.
   */
  private static boolean exists(String type, String method) {
    Pattern java =
        Pattern.compile(
            "(?s)@(?:Parameterized)?Test\\b(?:(?!\\bvoid\\b).)*\\bvoid " + method + "\\(");
    Pattern solidity = Pattern.compile("\\bfunction " + method + "\\([^;{}]*\\bpublic\\b");
    return Tree.files("/" + type + ".java").stream()
            .anyMatch(in -> java.matcher(Tree.read(in)).find())
        || Tree.files("/" + type + ".t.sol").stream()
            .anyMatch(in -> solidity.matcher(Tree.read(in)).find());
  }
}
