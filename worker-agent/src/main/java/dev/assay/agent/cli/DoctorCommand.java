package dev.assay.agent.cli;

import dev.assay.agent.backend.BackendFailure;
import dev.assay.agent.backend.OnnxEmbeddings;
import dev.assay.agent.backend.OpenAiRuntime;
import dev.assay.agent.market.Market;
import dev.assay.agent.market.MarketTerms;
import dev.assay.agent.market.Reachability;
import dev.assay.agent.market.Reply;
import dev.assay.agent.work.MarketClock;
import dev.assay.agent.work.WorkerHome;
import dev.assay.keystore.PrivateFiles;
import dev.assay.protocol.LocalSigner;
import dev.assay.protocol.content.EmbeddingsInput;
import dev.assay.protocol.content.KnownModels;
import dev.assay.protocol.wire.SessionAnswer;
import dev.assay.protocol.wire.WorkerAccount;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code doctor}: looks at everything that {@code up} needs, and says how to mend it. */
@Command(
    name = "doctor",
    description = "Checks what 'up' needs; each line says OK, WARN or FAIL, and how to mend it.",
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {
      "0:nothing fails",
      "69:at least one check fails",
      "78:a setting is missing or malformed"
    })
final class DoctorCommand implements Callable<Integer> {
  private final Surroundings surroundings;

  @Mixin private final HomeOptions home = new HomeOptions();
  @Mixin private final MarketOptions options = new MarketOptions();

  private enum Grade {
    OK,
    WARN,
    FAIL
  }

  /**
   * One line of the report.
   *
   * @param fix what to do about it; empty when it is fine
   */
  private record Finding(Grade grade, String what, String fix) {
    @Override
    public String toString() {
      return "%-4s  %s%s".formatted(grade, what, fix.isEmpty() ? "" : " — " + fix);
    }
  }

  DoctorCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() throws InterruptedException {
    Settings settings =
        Settings.resolve(
            options.given(), home.home, surroundings.environment(), surroundings.userHome());
    settings.checkAll();
    List<Finding> findings = new ArrayList<>();
    findings.add(lookAtHome(settings.home()));
    findings.add(lookAtModel(settings));
    findings.addAll(lookAtRuntimes(settings));
    Optional<LocalSigner> key = Optional.empty();
    if (new Wallets(surroundings, settings).has(Wallets.Key.SESSION)) {
      try {
        key = Optional.of(new Wallets(surroundings, settings).unlock(Wallets.Key.SESSION));
        findings.add(lookAtKeystore(settings, key.get()));
      } catch (CommandFailure e) {
        findings.add(
            new Finding(Grade.FAIL, "session key: " + e.getMessage(), "give its password's file"));
      }
    } else {
      findings.add(
          new Finding(
              Grade.WARN,
              "there is no session key yet",
              "'assay-worker wallet new' makes one; so does 'up'"));
    }
    Finding market = lookAtMarket(settings);
    findings.add(market);
    if (key.isPresent() && market.grade() != Grade.FAIL) {
      findings.add(lookAtStake(settings, key.get()));
    }
    findings.forEach(surroundings.out()::println);
    boolean fails = findings.stream().anyMatch(finding -> finding.grade() == Grade.FAIL);
    return fails ? ExitCode.UNAVAILABLE : ExitCode.OK;
  }

  /** In a folder of its own: nothing is written to the home. */
  private static Finding lookAtModel(Settings settings) throws InterruptedException {
    if (!settings.embedded()) {
      return ok("the embedded model is switched off");
    }
    Path folder;
    try {
      folder = Files.createTempDirectory("assay-doctor");
    } catch (IOException e) {
      return new Finding(
          Grade.FAIL, "no folder can be made for the model (" + e + ")", "check java.io.tmpdir");
    }
    try (OnnxEmbeddings backend = new OnnxEmbeddings(folder)) {
      var input = new EmbeddingsInput(List.of("Is there anybody?"));
      var answer = backend.run(KnownModels.ALL_MINILM_L6_V2.digest(), input);
      return ok(
          "%s loads and answers (%d tokens)"
              .formatted(KnownModels.ALL_MINILM_L6_V2.name(), answer.inputUnits()));
    } catch (BackendFailure e) {
      return new Finding(
          Grade.FAIL,
          "%s: %s".formatted(KnownModels.ALL_MINILM_L6_V2.name(), e.getMessage()),
          "free 300 MB of memory and 120 MB of disk, or set embedded=false");
    } finally {
      remove(folder);
    }
  }

  private static void remove(Path folder) {
    try (var files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException left) {
      // The system empties its temporary folder by itself.
    }
  }

  private static List<Finding> lookAtRuntimes(Settings settings) throws InterruptedException {
    List<URI> places =
        settings.looksForRuntimes()
            ? OpenAiRuntime.USUAL_PLACES
            : settings.runtime().stream().toList();
    List<Finding> findings = new ArrayList<>();
    for (URI place : places) {
      switch (OpenAiRuntime.probe(place)) {
        case OpenAiRuntime.Probe.Found(OpenAiRuntime runtime) -> {
          try (runtime) {
            findings.add(ok("%s has %d models".formatted(runtime.name(), runtime.models().size())));
          }
        }
        case OpenAiRuntime.Probe.Absent(String why) -> {
          if (!settings.looksForRuntimes()) {
            findings.add(
                new Finding(
                    Grade.FAIL,
                    "runtime %s: %s".formatted(place, why),
                    "start it, or check --runtime"));
          }
        }
      }
    }
    if (findings.isEmpty()) {
      findings.add(ok("no other runtime is on this machine"));
    }
    return findings;
  }

  private static Finding lookAtKeystore(Settings settings, LocalSigner key) {
    Path file = Wallets.Key.SESSION.in(settings.home());
    try {
      if (PrivateFiles.isOpenToOthers(file)) {
        return new Finding(
            Grade.WARN, "others on this machine may read " + file, "chmod 600 " + file);
      }
    } catch (IOException e) {
      return new Finding(Grade.WARN, "the mode of " + file + " cannot be read", "check its owner");
    }
    return ok("session key " + key.address() + " opens");
  }

  private Finding lookAtStake(Settings settings, LocalSigner key) throws InterruptedException {
    try (Market market = MarketLink.open(surroundings, settings)) {
      Reply<MarketTerms> terms = market.terms();
      if (!(terms instanceof Reply.Answered<MarketTerms>(MarketTerms known, _))) {
        return failed(terms);
      }
      Reply<SessionAnswer> session = market.signIn(key, known.chainId());
      if (!(session instanceof Reply.Answered<SessionAnswer>(SessionAnswer signedIn, _))) {
        return failed(session);
      }
      Reply<WorkerAccount> account = market.account(signedIn.token());
      if (!(account instanceof Reply.Answered<WorkerAccount>(WorkerAccount stands, _))) {
        return failed(account);
      }
      return stands.freeStake().isZero()
          ? new Finding(
              Grade.WARN,
              "%s has no free stake, and gets no work".formatted(stands.worker()),
              "bond on the Stake contract from the owner's wallet")
          : ok("%s has %s atomic units at stake".formatted(stands.worker(), stands.freeStake()));
    }
  }

  private static Finding failed(Reply<?> reply) {
    return new Finding(
        Grade.FAIL,
        "signing in: " + MarketLink.failed(reply).getMessage(),
        "'assay-worker wallet show' says how the owner binds the session key");
  }

  private static Finding lookAtHome(Path home) {
    Path existing = home;
    while (existing != null && !Files.exists(existing)) {
      existing = existing.getParent();
    }
    if (existing == null || !Files.isDirectory(existing) || !Files.isWritable(existing)) {
      return new Finding(
          Grade.FAIL,
          "home " + home + " cannot be written",
          "give a directory that you may write with --home");
    }
    try {
      return WorkerHome.isInUse(home)
          ? new Finding(
              Grade.WARN, "home " + home + " is in use", "'assay-worker status' says by whom")
          : ok("home " + home + " is writable and free");
    } catch (IOException e) {
      return new Finding(
          Grade.FAIL, "home " + home + " cannot be read (" + e + ")", "check its owner and mode");
    }
  }

  private Finding lookAtMarket(Settings settings) throws InterruptedException {
    try (Market link = MarketLink.open(surroundings, settings)) {
      return switch (link.probe()) {
        case Reachability.Reachable(Duration ahead)
            when ahead != null && ahead.abs().compareTo(MarketClock.TOLERATED_SKEW) > 0 ->
            new Finding(
                Grade.WARN,
                "market %s answers, but this clock is %d s off"
                    .formatted(settings.market(), ahead.abs().toSeconds()),
                "set this machine's clock by NTP");
        case Reachability.Reachable reachable -> ok("market " + settings.market() + " answers");
        case Reachability.NotAMarket(int status) ->
            new Finding(
                Grade.FAIL,
                "%s answers HTTP %d, but not like a market".formatted(settings.market(), status),
                "check --market");
        case Reachability.Unreachable(String why) ->
            new Finding(
                Grade.FAIL,
                "market " + settings.market() + ": " + why,
                "start it, or check --market, name service and firewall");
      };
    }
  }

  private static Finding ok(String what) {
    return new Finding(Grade.OK, what, "");
  }
}
