package dev.assay.agent.cli;

import dev.assay.agent.market.Market;
import dev.assay.agent.market.MarketTerms;
import dev.assay.agent.market.Reply;
import dev.assay.protocol.Domain;
import dev.assay.protocol.LocalSigner;
import dev.assay.protocol.SessionKeyConsent;
import dev.assay.protocol.Signature;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.chain.StakeContract;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code wallet}: the worker's keys. */
@Command(
    name = "wallet",
    description = {
      "Makes, takes in and shows the worker's keys.",
      "The session key lies on this machine and may only attest. The owner key stakes and is paid;"
          + " it is better kept elsewhere."
    },
    subcommands = {WalletCommand.New.class, WalletCommand.Import.class, WalletCommand.Show.class},
    synopsisSubcommandLabel = "(new | import | show)")
final class WalletCommand {
  WalletCommand() {}

  private static Wallets wallets(
      Surroundings surroundings, HomeOptions home, MarketOptions options) {
    return new Wallets(surroundings, settings(surroundings, home, options));
  }

  private static Settings settings(
      Surroundings surroundings, HomeOptions home, MarketOptions options) {
    return Settings.resolve(
        options.given(), home.home, surroundings.environment(), surroundings.userHome());
  }

  private static Wallets.Key key(boolean owner) {
    return owner ? Wallets.Key.OWNER : Wallets.Key.SESSION;
  }

  /** {@code wallet new}. */
  @Command(
      name = "new",
      description = "Makes a session key (or an owner key) in an encrypted keystore.",
      exitCodeListHeading = "Exit codes:%n",
      exitCodeList = {"0:made", "73:there is one already, or it cannot be written"})
  static final class New implements Callable<Integer> {
    private final Surroundings surroundings;

    @Mixin private final HomeOptions home = new HomeOptions();
    @Mixin private final MarketOptions options = new MarketOptions();

    @Option(names = "--owner", description = "The owner key instead of the session key.")
    private boolean owner;

    New(Surroundings surroundings) {
      this.surroundings = surroundings;
    }

    @Override
    public Integer call() {
      Wallets wallets = wallets(surroundings, home, options);
      LocalSigner made = wallets.create(key(owner), wallets.newKey());
      surroundings.out().println(made.address());
      return ExitCode.OK;
    }
  }

  /** {@code wallet import}. */
  @Command(
      name = "import",
      description = {
        "Takes a key from a file: a keystore of version 3, or 64 hexadecimal digits.",
        "A key is never an option itself: command lines are seen by everyone on the machine."
      },
      exitCodeListHeading = "Exit codes:%n",
      exitCodeList = {
        "0:taken in",
        "73:there is one already, or it cannot be written",
        "78:the file holds no key, or the password does not open it"
      })
  static final class Import implements Callable<Integer> {
    private final Surroundings surroundings;

    @Mixin private final HomeOptions home = new HomeOptions();
    @Mixin private final MarketOptions options = new MarketOptions();

    @Option(names = "--owner", description = "As the owner key instead of the session key.")
    private boolean owner;

    @Option(
        names = "--file",
        required = true,
        paramLabel = "FILE",
        description = "The keystore, or the file with the key's 64 hexadecimal digits.")
    private Path file = Path.of("");

    Import(Surroundings surroundings) {
      this.surroundings = surroundings;
    }

    @Override
    public Integer call() {
      Wallets wallets = wallets(surroundings, home, options);
      WalletAddress taken;
      try {
        String text = Files.size(file) > 65_536 ? "" : Files.readString(file).strip();
        String digits = text.startsWith("0x") ? text.substring(2) : text;
        taken =
            digits.matches("[0-9a-fA-F]{64}")
                ? wallets.create(key(owner), HexFormat.of().parseHex(digits)).address()
                : wallets.adopt(key(owner), file);
      } catch (IOException e) {
        throw new CommandFailure(
            ExitCode.CONFIGURATION, "%s cannot be read (%s).".formatted(file, e));
      } catch (IllegalArgumentException e) {
        throw new CommandFailure(
            ExitCode.CONFIGURATION, "%s holds no key: %s".formatted(file, e.getMessage()));
      }
      surroundings.out().println(taken);
      return ExitCode.OK;
    }
  }

  /** {@code wallet show}. */
  @Command(
      name = "show",
      description = {
        "Shows the addresses and, for the owner, the call that binds the session key.",
        "Where the Stake contract is, is asked of the market unless --stake and --chain say it."
      },
      exitCodeListHeading = "Exit codes:%n",
      exitCodeList = {
        "0:shown",
        "69:the market does not say where the Stake contract is",
        "78:there is no session key, or its password is not known"
      })
  static final class Show implements Callable<Integer> {
    private final Surroundings surroundings;

    @Mixin private final HomeOptions home = new HomeOptions();
    @Mixin private final MarketOptions options = new MarketOptions();

    @Option(names = "--stake", paramLabel = "0x…", description = "The Stake contract.")
    private @Nullable String stake;

    @Option(names = "--chain", paramLabel = "ID", description = "The chain's id (EIP-155).")
    private @Nullable Long chain;

    @Option(
        names = "--valid",
        paramLabel = "DAYS",
        description = "For how many days the owner may send the call, 1 to 365. Default: 7.")
    private int days = 7;

    Show(Surroundings surroundings) {
      this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws InterruptedException {
      if (days < 1 || days > 365) {
        throw new CommandFailure(ExitCode.USAGE, "--valid is 1 to 365 days.");
      }
      Settings settings = settings(surroundings, home, options);
      Wallets wallets = new Wallets(surroundings, settings);
      LocalSigner session = wallets.unlock(Wallets.Key.SESSION);
      var out = surroundings.out();
      out.println("session key  " + session.address());
      Optional<WalletAddress> owner =
          settings.worker().isPresent() ? settings.worker() : wallets.addressOf(Wallets.Key.OWNER);
      out.println(
          "owner        "
              + owner.map(WalletAddress::toString).orElse("not known; give it with --worker 0x…"));
      if (owner.isPresent()) {
        showConsent(session, owner.get(), domain(settings));
      }
      return ExitCode.OK;
    }

    private void showConsent(LocalSigner session, WalletAddress owner, Domain domain) {
      long deadline = surroundings.clock().instant().plus(Duration.ofDays(days)).getEpochSecond();
      var consent = new SessionKeyConsent(owner, session.address(), deadline);
      Signature signature = session.sign(consent, domain);
      var call = new StakeContract(domain.verifyingContract()).bindKey(consent, signature);
      surroundings
          .out()
          .println(
              """

              The owner binds the session key by this transaction, on chain %d, until %s:
                to    %s
                data  %s
              With Foundry's cast:
                cast send %s 'bindKey(address,uint256,bytes)' %s %d %s\
              """
                  .formatted(
                      domain.chainId(),
                      Instant.ofEpochSecond(deadline),
                      domain.verifyingContract(),
                      call.data(),
                      domain.verifyingContract(),
                      session.address(),
                      deadline,
                      signature));
    }

    private Domain domain(Settings settings) throws InterruptedException {
      String given = stake;
      Long id = chain;
      try {
        if (given != null && id != null) {
          return new Domain(id, new WalletAddress(given));
        }
      } catch (IllegalArgumentException e) {
        throw new CommandFailure(ExitCode.USAGE, "--stake and --chain: " + e.getMessage());
      }
      try (Market market = MarketLink.open(surroundings, settings)) {
        Reply<MarketTerms> reply = market.terms();
        if (reply instanceof Reply.Answered<MarketTerms>(MarketTerms terms, _)) {
          WalletAddress named = terms.stake();
          if (named != null) {
            return new Domain(terms.chainId(), named);
          }
          throw new CommandFailure(
              ExitCode.UNAVAILABLE,
              "The market does not say where the Stake contract is; give --stake and --chain.");
        }
        throw MarketLink.failed(reply);
      }
    }
  }
}
