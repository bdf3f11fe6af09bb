package dev.assay.quickstart.house;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.FormatterException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class FormatTests {
  /** {@code -Dassay.format=fix} formats instead of complaining. */
  private static final boolean FIX = "fix".equals(System.getProperty("assay.format"));

  private final Formatter formatter = new Formatter();

  @Test
  void every_java_file_is_formatted_by_google_java_format() {
    var wrong = Tree.files(".java").parallelStream().filter(file -> !isFormatted(file)).toList();

    assertThat(wrong).as("files to format; CONTRIBUTING.md has the command").isEmpty();
  }

  @Test
  void a_file_in_another_format_is_noticed() throws FormatterException {
    String squeezed = "class A{int b;}\n";

    assertThat(formatter.formatSourceAndFixImports(squeezed)).isNotEqualTo(squeezed);
  }

  private boolean isFormatted(Path file) {
    String source = Tree.read(file);
    try {
      String formatted = formatter.formatSourceAndFixImports(source);
      if (FIX && !formatted.equals(source)) {
        Files.writeString(Tree.ROOT.resolve(file), formatted);
        return true;
      }
      return formatted.equals(source);
    } catch (FormatterException | IOException e) {
      throw new IllegalStateException(file + " cannot be formatted", e);
    }
  }
}
