package dev.assay.quickstart;

import dev.assay.keystore.Keystore;
import dev.assay.keystore.Password;
import dev.assay.protocol.LocalSigner;
import dev.assay.protocol.TokenAmount;
import dev.assay.quickstart.stack.ExitCode;
import dev.assay.quickstart.stack.Refusal;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** For requesters and workers of one's own beside those that {@code up} brings. */
@Command(
    name = "faucet",
    mixinStandardHelpOptions = true,
    description = {
      "Gives a wallet test dollars on the chain of the market that runs here.",
      "They are deposited in its purse and may all be spent; or, with --bond, they are its bond as"
          + " a worker, and a session key is bound to it. Returns when the market has heard of it."
    })
final class FaucetCommand implements Callable<Integer> {
  private static final long MOST = 1_000_000;
  private static final TokenAmount DOLLAR = TokenAmount.of(1_000_000);

  @Mixin private HomeOption home = new HomeOption();

  @Parameters(
      paramLabel = "WALLET",
      description = "a file with the wallet's key, 64 hexadecimal digits; made if it is not there")
  private Path wallet = Path.of("");

  @Option(
      names = "--bond",
      paramLabel = "KEY",
      description = "the worker's session key: a file as above, or the folder of an agent")
  private @Nullable Path sessionKey;

  @Option(
      names = "--dollars",
      defaultValue = "1000",
      paramLabel = "N",
      description = "default: ${DEFAULT-VALUE}; a bond is raised to as many")
  private long dollars;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before call()
  private CommandSpec spec;

  @Override
  public Integer call() {
    if (dollars < 1 || dollars > MOST) {
      throw new Refusal(ExitCode.USAGE, "--dollars is 1 to %d.".formatted(MOST));
    }
    Path directory = home.directory();
    RunningMarket running =
        RunningMarket.in(directory)
            .orElseThrow(() ->
                new Refusal(
                    ExitCode.UNAVAILABLE,
                    "Nothing runs in %s. Start it with: ./assay up".formatted(directory)));
    var chain = new LocalChain(address(running, "evm-node"));
    var accounts =
        new DevelopmentAccounts(
            new LocalApi(address(running, "api")), Faucet.of(directory, chain), directory);
    PrintWriter out = spec.commandLine().getOut();
    TokenAmount amount = DOLLAR.times(dollars);
    if (sessionKey == null) {
      LocalSigner owner = LocalWallets.openOrMake(wallet);
      accounts.deposit(owner, amount);
      out.printf("Deposited %d dollars for %s; all may be spent.%n", dollars, owner.address());
    } else {
      LocalSigner key = sessionKey(sessionKey);
      LocalSigner owner = LocalWallets.openOrMake(wallet);
      accounts.bond(owner, key, amount);
      accounts.awaitBound(key);
      out.printf(
          "The bond of %s holds %d dollars at least; %s signs for it.%n",
          owner.address(), dollars, key.address());
    }
    out.flush();
    return 0;
  }

  private static URI address(RunningMarket running, String part) {
    return URI.create(Objects.requireNonNull(running.addresses().get(part)));
  }

  private static LocalSigner sessionKey(Path file) {
    if (!Files.isDirectory(file)) {
      return LocalWallets.open(file);
    }
    try {
      return Keystore.open(file.resolve("session-key.json"))
          .unlock(Password.read(file.resolve("password")));
    } catch (IOException e) {
      throw new Refusal(
          ExitCode.IO,
          "The session key of the agent in %s cannot be opened: %s.".formatted(file, e),
          e);
    }
  }
}
