package dev.assay.quickstart.stack;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * What process to run and how to know that it is ready.
 *
 * @param name lower case, used for its log and pid file: {@code postgresql}
 * @param command must mention a path inside the home, by which the guardian knows it as ours
 * @param port where it listens, named when another program has it; 0 if it listens nowhere
 * @param environment added to that of this JVM; secrets belong here, not in the command
 */
public record ChildSpec(
    String name,
    List<String> command,
    int port,
    Map<String, String> environment,
    StopSignal stopSignal,
    Readiness readiness,
    Duration readyWithin) {
  public ChildSpec {
    command = List.copyOf(command);
    environment = Map.copyOf(environment);
  }

  /** Without the environment, which holds secrets. */
  @Override
  public String toString() {
    return name + " " + command;
  }
}
