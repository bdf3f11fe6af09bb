package dev.assay.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.quickstart.stack.Checkout;
import dev.assay.quickstart.stack.JvmCommand;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What our programs are packed into: they verify no signatures of jars at each start. */
class UnsignedJarsAcceptanceTests {
  private static final Pattern SIGNATURE = Pattern.compile("META-INF/[^/]+\\.(SF|DSA|RSA|EC)");

  private final Path checkout = Checkout.find();

  @ParameterizedTest
  @EnumSource
  void none_of_its_jars_is_signed(Service service) throws IOException {
    List<Path> jars = jars(service.classPath(checkout)).toList();

    assertThat(jars).anyMatch(jar -> named(jar).isPresent());
    for (Path jar : withNamed(jars)) {
      assertThat(checksums(jar).keySet()).as("%s", jar).noneMatch(SIGNATURE.asMatchPredicate());
    }
  }

  @Test
  void what_our_jar_names_beside_itself_is_bouncy_castle_byte_for_byte() throws IOException {
    Path signed =
        jars(JvmCommand.currentClassPath())
            .filter(jar -> jar.getFileName().toString().matches("bcprov-[a-z0-9]+-[0-9.]+\\.jar"))
            .findFirst()
            .orElseThrow();
    Map<String, Long> expected = checksums(signed);
    assertThat(expected.keySet()).anyMatch(SIGNATURE.asMatchPredicate()); // else there is no need
    expected.keySet().removeIf(name -> !name.endsWith(".class"));
    expected.remove("META-INF/versions/9/module-info.class"); // on the class path nobody reads it

    Path unsigned =
        jars(Service.API.classPath(checkout))
            .flatMap(jar -> named(jar).stream())
            .findFirst()
            .orElseThrow();
    Map<String, Long> packed = checksums(unsigned);

    assertThat(expected).containsKey("org/bouncycastle/LICENSE.class");
    expected.entrySet().removeAll(packed.entrySet());
    assertThat(expected.keySet()).as("missing, or not the same").isEmpty();
  }

  private static Stream<Path> jars(String classPath) {
    return Stream.of(classPath.split(File.pathSeparator, -1)).map(Path::of);
  }

  /** In the order in which classes are looked for: what a manifest names follows its jar. */
  private static List<Path> withNamed(List<Path> jars) {
    return jars.stream()
        .flatMap(jar -> Stream.concat(Stream.of(jar), named(jar).stream()))
        .toList();
  }

  private static Optional<Path> named(Path jar) {
    try (var file = new JarFile(jar.toFile())) {
      return Optional.ofNullable(file.getManifest())
          .map(manifest -> manifest.getMainAttributes().getValue(Attributes.Name.CLASS_PATH))
          .map(jar::resolveSibling);
    } catch (IOException e) {
      throw new UncheckedIOException("reading " + jar, e);
    }
  }

  private static Map<String, Long> checksums(Path jar) throws IOException {
    Map<String, Long> checksums = new HashMap<>();
    try (var file = new JarFile(jar.toFile())) {
      file.stream()
          .filter(entry -> !entry.isDirectory())
          .forEach(entry -> checksums.put(entry.getName(), entry.getCrc()));
    }
    return checksums;
  }
}
