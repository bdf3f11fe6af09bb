package dev.assay.quickstart;

import dev.assay.protocol.WalletAddress;
import dev.assay.quickstart.stack.ExitCode;
import dev.assay.quickstart.stack.Refusal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What {@code up} does on its own chain before it starts the services, for those run otherwise. */
@Command(
    name = "deploy",
    mixinStandardHelpOptions = true,
    description = {
      "Makes a market on a development chain: contracts, keys, money for a requester and for"
          + " audits, a bonded worker.",
      "What the services are to be told of it is written to HOME/environment, as assignments of a"
          + " shell. Twice is the same as once."
    })
final class DeployCommand implements Callable<Integer> {
  @Mixin private HomeOption home = new HomeOption();

  @Option(
      names = "--rpc",
      required = true,
      paramLabel = "URL",
      description = "of an EVM node whose development accounts are open, as anvil's are")
  private URI rpc = URI.create("");

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before call()
  private CommandSpec spec;

  @Override
  public Integer call() {
    Path directory = home.directory();
    try {
      Files.createDirectories(directory);
      var chain = new LocalChain(rpc);
      var contracts = new DevelopmentContracts(directory, chain);
      contracts.deploy();
      var wallets = new LocalWallets(directory);
      var faucet = Faucet.of(directory, chain);
      for (String name : DevelopmentAccounts.PURSES) {
        if (faucet.room(wallets.open(name).address()).isZero()) {
          faucet.deposit(wallets.open(name), DevelopmentAccounts.GIFT);
        }
      }
      Path worker = directory.resolve(Service.WORKER.label());
      faucet.enrol(
          wallets.open(Service.WORKER.label()),
          LocalKeystore.ofWorker(worker).openOrMake(),
          DevelopmentAccounts.GIFT);
      WalletAddress owner = wallets.open(Service.WORKER.label()).address();
      var environment = new StringBuilder();
      Stream.of(contracts.environment(), new EventSecret(directory).environment())
          .forEach(told ->
              told.forEach(
                  (name, value) -> environment.append("export %s=%s%n".formatted(name, value))));
      environment.append(
          "export MARKETPLACE_AUDIT_PURSE=%s%n".formatted(DevelopmentAccounts.auditor(directory)));
      environment.append("export ASSAY_WORKER=%s%n".formatted(owner));
      Files.writeString(directory.resolve("environment"), environment);
    } catch (IOException e) {
      throw new Refusal(
          ExitCode.CANNOT_CREATE, "%s cannot be written: %s.".formatted(directory, e), e);
    } catch (UncheckedIOException | IllegalStateException e) {
      throw new Refusal(
          ExitCode.UNAVAILABLE,
          "The node at %s does not answer as one should: %s".formatted(rpc, e.getMessage()),
          e);
    }
    spec.commandLine().getOut().printf("The market stands on %s; %s%n", rpc, directory);
    return 0;
  }
}
