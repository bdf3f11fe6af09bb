package dev.assay.protocol.deploy;

import dev.assay.protocol.Bytes;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;

/**
 * A compiled contract, from this jar.
 *
 * @param creation what a transaction carries, before the constructor's arguments
 * @param runtime what then lies at the contract's address, immutables zero
 * @param immutables where the constructor writes values into it
 */
record Artifact(String name, Bytes creation, Bytes runtime, List<Range> immutables) {
  record Range(int start, int length) {
    static Range parse(String text) {
      String[] parts = text.split(":", -1);
      return new Range(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]));
    }
  }

  static Artifact load(String name) {
    Properties stored = new Properties();
    try (InputStream in = Artifact.class.getResourceAsStream(name + ".properties")) {
      if (in == null) {
        throw new IllegalStateException("This jar was built without the contract " + name + ".");
      }
      stored.load(in);
    } catch (IOException e) {
      throw new IllegalStateException("The contract " + name + " cannot be read from this jar.", e);
    }
    String immutables = stored.getProperty("immutables", "");
    return new Artifact(
        name,
        Bytes.parse(stored.getProperty("creation", "")),
        Bytes.parse(stored.getProperty("runtime", "")),
        immutables.isEmpty()
            ? List.of()
            : Arrays.stream(immutables.split(",")).map(Range::parse).toList());
  }

  /** Whether {@code code} is this contract's, whatever its immutables are. */
  boolean isCode(Bytes code) {
    if (code.size() != runtime.size()) {
      return false;
    }
    byte[] masked = code.toBytes();
    for (Range range : immutables) {
      Arrays.fill(masked, range.start(), range.start() + range.length(), (byte) 0);
    }
    return Arrays.equals(masked, runtime.toBytes());
  }
}
