package dev.assay.agent.cli;

import dev.assay.agent.work.WorkerHome;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code config}: the settings, and where each comes from. */
@Command(
    name = "config",
    description = "Shows the settings and where each comes from; 'get' and 'set' one of them.",
    subcommands = {ConfigCommand.Get.class, ConfigCommand.Set.class},
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {
      "0:done",
      "64:there is no such setting",
      "73:the home cannot be written",
      "78:the value, or one that is there, is malformed"
    })
final class ConfigCommand implements Callable<Integer> {
  private final Surroundings surroundings;

  @Mixin private final HomeOptions home = new HomeOptions();

  ConfigCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() {
    Settings settings = settings(surroundings, home);
    for (Setting setting : Setting.values()) {
      surroundings
          .out()
          .println(
              "%-14s %-26s %s"
                  .formatted(
                      setting.key(),
                      settings.raw(setting).map(Settings.Given::value).orElse("-"),
                      settings
                          .raw(setting)
                          .map(given -> "(" + given.source() + ") ")
                          .orElse("")
                          .concat(setting.words())));
    }
    return ExitCode.OK;
  }

  private static Settings settings(Surroundings surroundings, HomeOptions home) {
    return Settings.resolve(
        Map.of(), home.home, surroundings.environment(), surroundings.userHome());
  }

  private static Setting named(String key) {
    return Setting.named(key)
        .orElseThrow(() ->
            new CommandFailure(
                ExitCode.USAGE,
                "There is no setting '%s'; there are only %s.".formatted(key, Setting.keys())));
  }

  /** {@code config get}. */
  @Command(name = "get", description = "Prints the value that a setting has.")
  static final class Get implements Callable<Integer> {
    private final Surroundings surroundings;

    @Mixin private final HomeOptions home = new HomeOptions();

    @Parameters(paramLabel = "KEY", description = "The setting.")
    private String key = "";

    Get(Surroundings surroundings) {
      this.surroundings = surroundings;
    }

    @Override
    public Integer call() {
      Setting setting = named(key);
      settings(surroundings, home)
          .raw(setting)
          .ifPresent(given -> surroundings.out().println(given.value()));
      return ExitCode.OK;
    }
  }

  /** {@code config set}. */
  @Command(
      name = "set",
      description =
          "Keeps a value in worker.properties; a worker that runs heeds it when restarted.")
  static final class Set implements Callable<Integer> {
    private final Surroundings surroundings;

    @Mixin private final HomeOptions home = new HomeOptions();

    @Option(names = "--quiet", description = "Print nothing.")
    private boolean quiet;

    @Parameters(index = "0", paramLabel = "KEY", description = "The setting.")
    private String key = "";

    @Parameters(index = "1", paramLabel = "VALUE", description = "Its value.")
    private String value = "";

    Set(Surroundings surroundings) {
      this.surroundings = surroundings;
    }

    @Override
    public Integer call() {
      Setting setting = named(key);
      Path directory = home.directory(surroundings);
      try {
        WorkerHome.create(directory);
        Settings.set(directory, setting, value);
      } catch (IOException e) {
        throw new CommandFailure(
            ExitCode.CANNOT_CREATE, "The home %s cannot be written (%s).".formatted(directory, e));
      }
      if (!quiet) {
        surroundings
            .out()
            .println("%s=%s in %s".formatted(key, value, directory.resolve(Settings.FILE)));
      }
      return ExitCode.OK;
    }
  }
}
