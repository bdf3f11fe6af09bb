package dev.assay.quickstart.stack;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What runs on this machine, as {@code ps} and {@code kill} see it. */
final class Processes {
  private Processes() {}

  /** The command lines that name the home: all that a stack starts does. */
  static List<String> of(Path home) throws IOException {
    Process ps = new ProcessBuilder("ps", "-eww", "-o", "pid=,args=").start();
    try (var lines = ps.inputReader(StandardCharsets.UTF_8)) {
      return lines.lines().filter(line -> line.contains(home + "/")).toList();
    }
  }

  /** As the home's own notes tell it. */
  static long pid(Path home, String name) throws IOException {
    String file = name.equals("guardian") ? "guardian" : name + ".pid";
    return Long.parseLong(
        Files.readString(home.resolve("run").resolve(file)).strip().split(" ")[0]);
  }

  static void signal(String signal, List<Long> pids) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("kill", "-s", signal));
    pids.forEach(pid -> command.add(pid.toString()));
    new ProcessBuilder(command).inheritIO().start().waitFor();
  }
}
