package dev.assay.quickstart.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.quickstart.stack.Checkout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LibraryTests {
  @TempDir private Path folder;

  @Test
  void the_constitution_is_there_sentence_by_sentence_with_its_articles() throws IOException {
    List<Passage> passages = Library.constitution();

    assertThat(passages).hasSizeBetween(150, 400);
    assertThat(passages)
        .contains(
            new Passage(
                "Constitution, Article I, Section 3",
                "The Vice President of the United States shall be President of the Senate, but"
                    + " shall have no Vote, unless they be equally divided."))
        .allMatch(passage -> passage.source().startsWith("Constitution, "))
        .allMatch(passage -> passage.text().length() >= 30);
  }

  @Test
  void the_documents_follow_as_prose_without_code_tables_and_marks() throws IOException {
    Files.createDirectories(folder.resolve("docs/flows"));
    Files.writeString(folder.resolve("README.md"), "# A heading of more than thirty characters\n");
    Files.writeString(
        folder.resolve("docs/flows/page.md"),
        """
        A [link](to/a/page.md) and `some code` are read as words. And this is the second sentence.

        | a row of a table, | which nobody reads aloud as prose |

        ```sh
        what stands in a block of code, which is not prose either
        ```
        - An item of a list that is long enough to be kept.
        """);

    assertThat(Library.read(folder))
        .filteredOn(passage -> !passage.source().startsWith("Constitution"))
        .containsExactly(
            new Passage("docs/flows/page.md", "A link and some code are read as words."),
            new Passage("docs/flows/page.md", "And this is the second sentence."),
            new Passage("docs/flows/page.md", "An item of a list that is long enough to be kept."));
  }

  @Test
  void there_is_enough_to_buy_for_three_requesters_and_no_sentence_twice() {
    List<Passage> passages = Library.read(Checkout.find());

    assertThat(passages).hasSizeGreaterThan(700).doesNotHaveDuplicates();
  }
}
