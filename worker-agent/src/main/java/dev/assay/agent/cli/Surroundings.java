package dev.assay.agent.cli;

import dev.assay.agent.work.Pause;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * All that the agent takes from the machine it runs on.
 *
 * @param environment the process's environment variables
 * @param userHome where the default home lies
 * @param pid this process
 * @param isTerminal whether a person reads our output
 */
record Surroundings(
    Clock clock,
    RandomGenerator chance,
    Pause pause,
    Map<String, String> environment,
    Path userHome,
    long pid,
    boolean isTerminal,
    PrintStream out,
    PrintStream err) {

  Surroundings {
    environment = Map.copyOf(environment);
  }
}
