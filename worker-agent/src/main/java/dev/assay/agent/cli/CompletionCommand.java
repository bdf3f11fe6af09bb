package dev.assay.agent.cli;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code completion}: a script for the shell. */
@Command(
    name = "completion",
    description = {
      "Prints a script that lets bash or zsh complete command lines; for example",
      "  source <(assay-worker completion)"
    },
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = "0:printed")
final class CompletionCommand implements Callable<Integer> {
  private final Surroundings surroundings;

  @Spec private CommandSpec spec = CommandSpec.create();

  CompletionCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() {
    CommandSpec root = spec.root();
    surroundings.out().print(AutoComplete.bash(root.name(), root.commandLine()));
    return ExitCode.OK;
  }
}
