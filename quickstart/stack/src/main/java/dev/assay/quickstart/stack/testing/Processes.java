package dev.assay.quickstart.stack.testing;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What runs on this machine, as {@code ps} and {@code kill} see it, for tests that kill. */
public final class Processes {
  /** Reads as closed when the JVM that holds the other end is gone, {@code kill -9} included. */
  private static final String KILL_AT_THE_END = "cat >/dev/null; kill -s KILL \"$1\"";

  private Processes() {}

  /** The command lines that name the home: all that a stack starts does. */
  public static List<String> of(Path home) throws IOException {
    Process ps = new ProcessBuilder("ps", "-eww", "-o", "pid=,args=").start();
    try (var lines = ps.inputReader(StandardCharsets.UTF_8)) {
      return lines.lines().filter(line -> line.contains(home + "/")).toList();
    }
  }

  /** As the home's own notes tell it. */
  public static long pid(Path home, String name) throws IOException {
    String file = name.equals("guardian") ? "guardian" : name + ".pid";
    return Long.parseLong(
        Files.readString(home.resolve("run").resolve(file)).strip().split(" ")[0]);
  }

  public static void signal(String signal, List<Long> pids)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("kill", "-s", signal));
    pids.forEach(pid -> command.add(pid.toString()));
    new ProcessBuilder(command).inheritIO().start().waitFor();
  }

  /** Starts it so that it does not outlive this JVM, however that ends. */
  public static Process start(ProcessBuilder builder) throws IOException {
    Process process = builder.start();
    Process watcher =
        new ProcessBuilder("/bin/sh", "-c", KILL_AT_THE_END, "sh", "" + process.pid()).start();
    process.onExit().thenRun(watcher::destroy);
    return process;
  }
}
