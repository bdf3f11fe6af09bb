package dev.assay.quickstart;

import dev.assay.quickstart.stack.ExitCode;
import dev.assay.quickstart.stack.Refusal;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** For operators of the market that runs here. */
@Command(
    name = "admin",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = AdminCommand.Token.class,
    description = "Names an operator of this machine's market to its admin API and page.")
final class AdminCommand {
  /** Prints a token and nothing else, so that a script can take it. */
  @Command(
      name = "token",
      mixinStandardHelpOptions = true,
      description = {
        "Prints a token for the admin API and page of the market that runs here.",
        "It is good on this machine's market only, whose issuer this is."
      })
  static final class Token implements Callable<Integer> {
    private static final Set<String> ROLES = Set.of("viewer", "operator", "approver");
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._@-]{1,100}");
    private static final int MOST_HOURS = 24;

    @Mixin private HomeOption home = new HomeOption();

    @Option(
        names = "--role",
        split = ",",
        defaultValue = "viewer",
        paramLabel = "ROLE",
        description = "viewer, operator or approver, or several; default: ${DEFAULT-VALUE}")
    private List<String> roles = List.of();

    @Option(
        names = "--name",
        paramLabel = "NAME",
        defaultValue = "${sys:user.name}",
        description = "who that is, as the log will name it; default: ${DEFAULT-VALUE}")
    private String name = "";

    @Option(
        names = "--hours",
        defaultValue = "12",
        paramLabel = "N",
        description = "how long it is good; default: ${DEFAULT-VALUE}, at most 24")
    private int hours;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call()
    private CommandSpec spec;

    @Override
    public Integer call() {
      if (!ROLES.containsAll(roles)) {
        throw new Refusal(
            ExitCode.USAGE,
            "--role is viewer, operator or approver, not '%s'.".formatted(String.join(",", roles)));
      }
      if (!NAME.matcher(name).matches()) {
        throw new Refusal(
            ExitCode.USAGE, "--name is 1 to 100 letters, digits, dots, hyphens, _ and @.");
      }
      if (hours < 1 || hours > MOST_HOURS) {
        throw new Refusal(ExitCode.USAGE, "--hours is 1 to %d.".formatted(MOST_HOURS));
      }
      spec.commandLine()
          .getOut()
          .println(
              new DevelopmentIssuer(home.directory()).token(name, roles, Duration.ofHours(hours)));
      return 0;
    }
  }
}
