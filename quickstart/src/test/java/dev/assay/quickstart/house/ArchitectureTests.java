package dev.assay.quickstart.house;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ArchitectureTests {
  private static JavaClasses production = new ClassFileImporter().importClasses();

  @BeforeAll
  static void read_all_production_classes() {
    production =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.assay");
  }

  @Test
  void every_process_is_looked_at() {
    assertThat(
            production.stream()
                .map(type -> type.getPackageName().split("\\.", -1)[2])
                .collect(Collectors.toSet()))
        .contains("protocol", "determinism", "marketplace", "settlement", "agent", "quickstart")
        .doesNotContain("seeded");
  }

  @ParameterizedTest
  @EnumSource
  void production_code_keeps(ArchitectureRules law) {
    law.rule().check(production);
  }

  @ParameterizedTest
  @EnumSource
  void a_seeded_violation_is_refused_with_its_reason_by(ArchitectureRules law)
      throws ClassNotFoundException {
    var seeded = new ClassFileImporter().importClasses(classes(law.seeded()).toArray(Class[]::new));

    var result = law.rule().evaluate(seeded);

    assertThat(result.hasViolation()).isTrue();
    assertThat(result.getFailureReport().toString()).contains("because");
  }

  /** The class and, for a circle, its other half. */
  private static Stream<Class<?>> classes(String name) throws ClassNotFoundException {
    var first = Class.forName("dev.assay." + name);
    var others =
        Arrays.stream(first.isRecord() ? first.getRecordComponents() : new RecordComponent[0])
            .map(RecordComponent::getType)
            .filter(type -> type.getName().startsWith("dev.assay."));
    return Stream.concat(Stream.of(first), others);
  }
}
