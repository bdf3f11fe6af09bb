package dev.assay.quickstart.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TidyTests {
  private static final long LARGEST_FILE = 256L << 10;

  /** Larger, for a reason that is named beside each. */
  private static final Set<String> LARGE_FILES =
      Set.of("docs/reference/openapi.json"); // generated, and one document by its nature

  private static final Set<String> TEXT_SUFFIXES =
      Set.of(
          "java",
          "md",
          "xml",
          "yml",
          "yaml",
          "sql",
          "sh",
          "sol",
          "toml",
          "json",
          "properties",
          "mjs",
          "js",
          "tree",
          "txt",
          "py");

  /** Written in pieces, so that this file does not contain them. */
  private static final Pattern UNWANTED =
      Pattern.compile(
          String.join(
              "|",
              "\\bTO" + "DO\\b",
              "\\bFIX" + "ME\\b",
              "\\bX" + "XX\\b",
              "repo\\.mav" + "en",
              "registry\\.npm" + "js",
              "deb\\.deb" + "ian",
              "/usr/lib/jvm/[a-z]",
              "/ro" + "ot/",
              "/wo" + "rk/",
              "\\.m2/repos" + "itory",
              "<<<<" + "<<< ",
              "\\bCla" + "ude\\b",
              "\\bAnthro" + "pic\\b",
              "\\bChat" + "GPT\\b",
              "\\bCopi" + "lot\\b",
              "\\bsub" + "agent"),
          Pattern.CASE_INSENSITIVE);

  private static final Pattern LINK = Pattern.compile("\\[[^\\]\\n]*\\]\\(([^)\\s]+)\\)");
  private static final Pattern HEADING = Pattern.compile("(?m)^#{1,6} +(.+?)\\s*$");

  @Test
  void no_file_says_what_does_not_belong_in_this_repository() {
    List<String> found = new ArrayList<>();
    for (Path file : texts()) {
      found.addAll(unwanted(file.toString(), Tree.read(file)));
    }

    assertThat(found).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"// to" + "do: later", "see /wo" + "rk/main", "https://repo.mav" + "en.org"})
  void what_does_not_belong_is_noticed(String line) {
    assertThat(unwanted("seeded", line)).hasSize(1);
  }

  @Test
  void text_ends_with_a_line_end_and_has_no_tabs_or_trailing_blanks() {
    List<String> found = new ArrayList<>();
    for (Path file : texts()) {
      String text = Tree.read(file);
      if (!text.isEmpty() && !text.endsWith("\n")) {
        found.add(file + " does not end with a line end");
      }
      int number = 0;
      for (String line : text.split("\n", -1)) {
        number++;
        if (line.indexOf('\t') >= 0 || line.endsWith(" ") || line.endsWith("\r")) {
          found.add(file + ":" + number + " has a tab, a trailing blank or a carriage return");
        }
      }
    }

    assertThat(found).isEmpty();
  }

  @Test
  void only_commands_are_executable() throws IOException {
    for (Path file : Tree.files()) {
      boolean isCommand = Tree.isScript(file);
      assertThat(Files.isExecutable(Tree.ROOT.resolve(file)))
          .as("%s is executable; it is a command: %s", file, isCommand)
          .isEqualTo(isCommand);
    }
  }

  @Test
  void no_file_is_large() throws IOException {
    for (Path file : Tree.files()) {
      if (!LARGE_FILES.contains(file.toString())) {
        assertThat(Files.size(Tree.ROOT.resolve(file))).as("%s", file).isLessThan(LARGEST_FILE);
      }
    }
  }

  @Test
  void every_link_leads_to_a_file_and_heading_that_exist() {
    List<String> dead = new ArrayList<>();
    for (Path page : Tree.files(".md")) {
      for (String link : links(page)) {
        if (!leadsSomewhere(page, link)) {
          dead.add(page + " -> " + link);
        }
      }
    }

    assertThat(dead).isEmpty();
  }

  @Test
  void every_page_can_be_reached_from_the_readme() {
    Set<Path> reached = new HashSet<>();
    var next = new ArrayDeque<Path>(List.of(Path.of("README.md")));
    while (!next.isEmpty()) {
      Path page = next.remove();
      if (reached.add(page) && page.toString().endsWith(".md")) {
        links(page).stream()
            .map(link -> target(page, link))
            .filter(target -> Files.isRegularFile(Tree.ROOT.resolve(target)))
            .forEach(next::add);
      }
    }

    assertThat(reached).containsAll(Tree.files(".md"));
  }

  @Test
  void every_java_package_says_what_it_is_for() {
    // Tests share the package of what they test, and what is written about it.
    Set<String> described =
        Tree.files("/package-info.java").stream()
            .map(TidyTests::packageOf)
            .collect(Collectors.toSet());

    assertThat(
            Tree.files(".java").stream()
                .map(TidyTests::packageOf)
                .filter(name -> !name.equals("dev/assay/seeded")) // breaks this rule on purpose
                .distinct())
        .isSubsetOf(described);
  }

  /** {@code a/src/main/java/dev/assay/b/C.java} is of {@code dev/assay/b}. */
  private static String packageOf(Path source) {
    return source.toString().replaceFirst("^.*/java/", "").replaceFirst("/[^/]*$", "");
  }

  private static List<String> unwanted(String name, String text) {
    List<String> found = new ArrayList<>();
    int number = 0;
    for (String line : text.split("\n", -1)) {
      number++;
      var match = UNWANTED.matcher(line);
      if (match.find()) {
        found.add("%s:%d says '%s'".formatted(name, number, match.group()));
      }
    }
    return found;
  }

  private static List<Path> texts() {
    return Tree.files().stream().filter(TidyTests::isText).toList();
  }

  private static boolean isText(Path file) {
    String name = file.getFileName().toString();
    int dot = name.lastIndexOf('.');
    return dot < 0 && !name.equals("LICENSE") || TEXT_SUFFIXES.contains(name.substring(dot + 1));
  }

  private static List<String> links(Path page) {
    String prose = Tree.read(page).replaceAll("(?s)```.*?```", "").replaceAll("`[^`\n]*`", "");
    return LINK.matcher(prose)
        .results()
        .map(link -> link.group(1))
        .filter(link -> !link.matches("(?i)(https?|mailto):.*"))
        .toList();
  }

  private static Path target(Path page, String link) {
    String file = link.replaceFirst("#.*$", "");
    if (file.isEmpty()) {
      return page;
    }
    Path folder = page.getParent();
    return (folder == null ? Path.of(file) : folder.resolve(file)).normalize();
  }

  private static boolean leadsSomewhere(Path page, String link) {
    Path target = target(page, link);
    if (!Files.exists(Tree.ROOT.resolve(target))) {
      return false;
    }
    int hash = link.indexOf('#');
    return hash < 0 || anchors(target).anyMatch(link.substring(hash + 1)::equals);
  }

  /** As the usual forges make them. */
  private static Stream<String> anchors(Path page) {
    return HEADING
        .matcher(Tree.read(page))
        .results()
        .map(heading ->
            heading
                .group(1)
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^\\p{L}\\p{N} _-]", "")
                .replace(' ', '-'));
  }
}
