package dev.assay.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.quickstart.stack.Checkout;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the agent is packed into: a guest, which verifies no signatures of jars at each start. */
class AgentJarsAcceptanceTests {
  private static final Pattern SIGNATURE = Pattern.compile("META-INF/[^/]+\\.(SF|DSA|RSA|EC)");

  private final Path checkout = Checkout.find();

  @Test
  void none_of_the_agents_jars_is_signed() throws IOException {
    for (Path jar : agentsJars()) {
      assertThat(checksums(jar).keySet()).as("%s", jar).noneMatch(SIGNATURE.asMatchPredicate());
    }
  }

  @Test
  void what_its_own_jar_names_beside_itself_is_bouncy_castle_byte_for_byte() throws IOException {
    Path signed =
        jars(Service.API.classPath(checkout))
            .filter(jar -> jar.getFileName().toString().startsWith("bcprov"))
            .findFirst()
            .orElseThrow();
    Map<String, Long> expected = checksums(signed);
    assertThat(expected.keySet()).anyMatch(SIGNATURE.asMatchPredicate()); // else there is no need
    expected.keySet().removeIf(name -> !name.endsWith(".class"));
    expected.remove("META-INF/versions/9/module-info.class"); // on the class path nobody reads it

    Map<String, Long> packed = checksums(agentsJars().get(1));

    assertThat(expected).containsKey("org/bouncycastle/LICENSE.class");
    expected.entrySet().removeAll(packed.entrySet());
    assertThat(expected.keySet()).as("missing, or not the same").isEmpty();
  }

  /** In the order in which classes are looked for: what a manifest names follows its jar. */
  private List<Path> agentsJars() throws IOException {
    List<Path> all = new ArrayList<>(jars(Service.WORKER.classPath(checkout)).toList());
    Path own = all.getFirst();
    try (var jar = new JarFile(own.toFile())) {
      String named = jar.getManifest().getMainAttributes().getValue(Attributes.Name.CLASS_PATH);
      all.add(1, own.resolveSibling(named));
    }
    return all;
  }

  private static Stream<Path> jars(String classPath) {
    return Stream.of(classPath.split(File.pathSeparator, -1)).map(Path::of);
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
