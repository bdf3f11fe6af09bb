package dev.assay.quickstart;

import dev.assay.quickstart.stack.Home;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;

/**
 * What {@code up} tells the other commands: the addresses of what runs in a home.
 *
 * @param addresses by part, for example {@code api} and its URL
 */
record RunningMarket(Map<String, String> addresses) {
  private static final String FILE = "run/addresses.properties";

  RunningMarket {
    addresses = Map.copyOf(addresses);
  }

  void writeTo(Home home) {
    var properties = new Properties();
    properties.putAll(addresses);
    try (OutputStream out = Files.newOutputStream(home.resolve(FILE))) {
      properties.store(out, null);
    } catch (IOException e) {
      throw new UncheckedIOException("writing " + home.resolve(FILE), e);
    }
  }

  /** Nothing if nothing runs in the home. */
  static Optional<RunningMarket> in(Path home) {
    Path file = home.resolve(FILE);
    if (!Files.exists(home.resolve("run/owner")) || !Files.exists(file)) {
      return Optional.empty();
    }
    var properties = new Properties();
    try (InputStream in = Files.newInputStream(file)) {
      properties.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException("reading " + file, e);
    }
    Map<String, String> addresses = new TreeMap<>();
    properties.stringPropertyNames().forEach(n -> addresses.put(n, properties.getProperty(n)));
    return Optional.of(new RunningMarket(addresses));
  }
}
