package dev.assay.quickstart.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The settings that a service has, as variables of the environment: ours from their records,
 * Spring's from what it documents.
 */
final class KnownSettings {
  private static final Pattern SETTINGS =
      Pattern.compile(
          "(?s)@ConfigurationProperties\\(\"([^\"]+)\"\\)\\s*(?:public )?record"
              + " \\w+\\((.*?)\\)\\s*\\{");

  private static final Pattern NESTED = Pattern.compile("(?s)\\brecord (\\w+)\\((.*?)\\)\\s*\\{");

  private static final Pattern COMPONENT = Pattern.compile("([\\w<>]+)\\s+(\\w+)\\s*(?:,|$)");

  private KnownSettings() {}

  /** What both services have in common. */
  private static final Path MESSAGING = Path.of("contracts/messaging/src/main");

  /**
   * @param module such as {@code settlement}
   */
  static Set<String> of(String module) throws IOException {
    Set<String> known = new HashSet<>();
    for (Path source : Tree.files(".java")) {
      if (source.startsWith(module + "/src/main") || source.startsWith(MESSAGING)) {
        String text = Tree.read(source);
        Map<String, String> records = new HashMap<>();
        NESTED.matcher(text).results().forEach(one -> records.put(one.group(1), one.group(2)));
        SETTINGS
            .matcher(text)
            .results()
            .forEach(one -> add(known, one.group(1), one.group(2), records));
      }
    }
    assertThat(known).isNotEmpty();
    List<URL> described =
        Collections.list(
            KnownSettings.class
                .getClassLoader()
                .getResources("META-INF/spring-configuration-metadata.json"));
    for (URL one : described) {
      try (InputStream in = one.openStream()) {
        for (JsonNode property : JsonMapper.shared().readTree(in).path("properties")) {
          known.add(variable(property.path("name").asString()));
        }
      }
    }
    return known;
  }

  private static void add(
      Set<String> known, String prefix, String components, Map<String, String> records) {
    COMPONENT
        .matcher(components.replaceAll("@\\w+(\\([^)]*\\))?", "").strip())
        .results()
        .forEach(component -> {
          String name = prefix + "." + component.group(2);
          known.add(variable(name));
          String nested = records.get(component.group(1));
          if (nested != null) {
            add(known, name, nested, records);
          }
        });
  }

  private static String variable(String property) {
    return property.replace("-", "").replace('.', '_').toUpperCase(Locale.ROOT);
  }
}
