package dev.assay.agent.cli;

import dev.assay.agent.hardware.PowerSource;
import dev.assay.agent.work.Pause;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Clock;
import java.time.ZoneId;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/**
 * All that the agent takes from the machine it runs on.
 *
 * @param zone in which its owner means the hours of a schedule
 * @param environment the process's environment variables
 * @param userHome where the default home lies
 * @param pid this process
 * @param heapBytes that this process may use
 * @param isTerminal whether a person reads our output
 * @param prompt asks the person for a secret; empty if nobody is there to answer
 */
record Surroundings(
    Clock clock,
    ZoneId zone,
    RandomGenerator chance,
    Pause pause,
    PowerSource power,
    Map<String, String> environment,
    Path userHome,
    long pid,
    long heapBytes,
    boolean isTerminal,
    Function<String, Optional<char[]>> prompt,
    PrintStream out,
    PrintStream err) {

  Surroundings {
    environment = Map.copyOf(environment);
  }
}
