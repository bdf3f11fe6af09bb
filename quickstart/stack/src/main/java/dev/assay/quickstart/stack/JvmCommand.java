package dev.assay.quickstart.stack;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The command line of a JVM of a home: small, quick to start, and leaving nothing outside the home
 * even if it is killed.
 *
 * @param name as in {@link ChildSpec}
 * @param classPath entries joined as {@code java -cp} wants them
 * @param heapMegabytes the most its heap may take
 * @param options further options for the JVM itself
 */
public record JvmCommand(
    String name,
    String classPath,
    String mainClass,
    int heapMegabytes,
    List<String> options,
    List<String> arguments) {
  public JvmCommand {
    options = List.copyOf(options);
    arguments = List.copyOf(arguments);
  }

  /** The class path of this JVM. Surefire hides the real one behind a jar with a manifest. */
  public static String currentClassPath() {
    return System.getProperty(
        "surefire.test.class.path",
        System.getProperty("surefire.real.class.path", System.getProperty("java.class.path")));
  }

  public List<String> in(Home home) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx" + heapMegabytes + "m");
    // One compiler and one collector thread: a stack has six processes and may have two cores.
    command.add("-XX:TieredStopAtLevel=1");
    // With one compiler it would be 48 MiB, and each seventh of that which fills collects all of
    // the heap.
    command.add("-XX:ReservedCodeCacheSize=128m");
    command.add("-XX:+UseSerialGC");
    command.add("-XX:+ExitOnOutOfMemoryError");
    command.add("-XX:-UsePerfData");
    command.add("-XX:ErrorFile=" + home.logs().resolve(name + "-crash.log"));
    command.add("-Djava.io.tmpdir=" + home.scratch());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("--sun-misc-unsafe-memory-access=allow");
    command.addAll(options);
    command.add("-cp");
    command.add(classPath);
    command.add(mainClass);
    command.addAll(arguments);
    return command;
  }
}
