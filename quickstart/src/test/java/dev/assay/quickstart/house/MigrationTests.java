package dev.assay.quickstart.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Expand, migrate, contract: while a new version comes in, processes of the one before run on its
 * schema. What they use is taken away one version later, by a migration that says so.
 */
class MigrationTests {
  /** Of before there was a version before. */
  private static final Set<String> BEFORE_THE_RULE =
      Set.of(
          "V0031_1__count_open_jobs_by_requester.sql",
          "V0040__attestation_has_all_that_is_sealed.sql",
          "V0050__standing_counts_audits.sql");

  private static final String CONTRACTS = "-- contract: ";

  private static final List<Pattern> TAKE_AWAY =
      Stream.of(
              "drop\\s+(table|column|schema|function|type|view)\\b",
              "\\brename\\b",
              "\\balter\\s+column\\s+\\w+\\s+(set\\s+data\\s+)?type\\b",
              "\\bset\\s+not\\s+null\\b",
              "\\bdrop\\s+default\\b",
              "\\balter\\s+table\\b[^;]*\\badd\\s+column\\s+(?![^,;]*\\bdefault\\b)[^,;]*\\bnot\\s+null\\b",
              "^\\s*truncate\\b")
          .map(Pattern::compile)
          .toList();

  @Test
  void none_takes_away_what_the_version_before_uses() {
    List<Path> all =
        Tree.files(".sql").stream()
            .filter(file -> file.toString().contains("/src/main/resources/db/migration/"))
            .toList();
    assertThat(all).hasSizeGreaterThan(40);
    List<String> found = new ArrayList<>();
    for (Path file : all) {
      String sql = Tree.read(file);
      if (!BEFORE_THE_RULE.contains(file.getFileName().toString()) && !sql.startsWith(CONTRACTS)) {
        taken(sql).forEach(statement -> found.add(file + ": " + statement));
      }
    }

    assertThat(found)
        .as(
            "Do it one version later, in a migration that begins with '%sVERSION no longer …'",
            CONTRACTS)
        .isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "create table a (b text);\nalter table c drop column d;",
        "alter table a rename to b;",
        "alter table a alter column b type bigint;",
        "alter table a alter column b set not null;",
        "alter table a add column b text not null;",
        "drop table a;"
      })
  void what_takes_away_is_noticed(String sql) {
    assertThat(taken(sql)).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "create table a (b text not null);",
        "alter table a add column b text not null default '';",
        "alter table a add column b text check (length(b) > 1);",
        "alter table a drop constraint a_check; alter table a add constraint a_check check (b >"
            + " 1);",
        "drop index a; create index b on c (d);",
        "-- we no longer rename anything\ncreate table a (b text);",
        "create trigger a before truncate on b for each statement execute function c();"
      })
  void what_adds_or_widens_is_let_be(String sql) {
    assertThat(taken(sql)).isEmpty();
  }

  private static List<String> taken(String sql) {
    List<String> taken = new ArrayList<>();
    for (String statement :
        sql.replaceAll("(?m)--.*$", "").toLowerCase(Locale.ROOT).split(";", -1)) {
      if (TAKE_AWAY.stream().anyMatch(pattern -> pattern.matcher(statement).find())) {
        taken.add(statement.strip());
      }
    }
    return taken;
  }
}
