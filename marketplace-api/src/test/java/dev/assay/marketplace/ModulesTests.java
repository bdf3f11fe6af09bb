package dev.assay.marketplace;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.springframework.modulith.core.ApplicationModules;

class ModulesTests {
  private static final Pattern WRITES =
      Pattern.compile("\\b(?:insert\\s+into|delete\\s+from|(?<!for )update|truncate)\\s+(\\w+)");

  @Test
  void each_module_depends_only_on_those_it_names_and_reaches_into_none() {
    ApplicationModules.of(MarketplaceApplication.class).verify();
  }

  /** They read the tables of all modules; writing there is for those modules alone. */
  @Test
  void what_operators_see_writes_no_table_of_another_module() throws IOException {
    try (Stream<Path> sources = Files.list(Path.of("src/main/java/dev/assay/marketplace/admin"))) {
      List<String> written =
          sources.flatMap(source -> written(read(source)).stream()).distinct().sorted().toList();

      assertThat(written).containsExactly("admin_action", "bulk_action", "bulk_target");
    }
  }

  @Test
  void a_table_that_is_written_is_noticed_and_a_row_that_is_locked_is_not() {
    assertThat(written("update job set kind = ''; delete from\n purse; insert into worker values"))
        .containsExactly("job", "purse", "worker");
    assertThat(written("select 1 from bulk_target for update skip locked")).isEmpty();
  }

  private static List<String> written(String source) {
    return WRITES.matcher(source).results().map(found -> found.group(1)).toList();
  }

  private static String read(Path source) {
    try {
      return Files.readString(source);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
