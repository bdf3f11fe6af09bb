package dev.assay.quickstart;

import dev.assay.keystore.PrivateFiles;
import dev.assay.protocol.LocalSigner;
import dev.assay.protocol.PersonalMessage;
import dev.assay.protocol.SignInMessage;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.quickstart.stack.EvmNode;
import dev.assay.quickstart.stack.ExitCode;
import dev.assay.quickstart.stack.Refusal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import tools.jackson.databind.json.JsonMapper;

/**
 * A requester with money and workers with stake, on a developer's machine. The dollars are worth
 * nothing; wallets, keys, deposits, bonds and credentials are real, and the market learns of them
 * as of anybody's.
 */
final class DevelopmentAccounts {
  /** A thousand dollars at six decimals. */
  static final TokenAmount GIFT = TokenAmount.of(1_000_000_000);

  private static final String REQUESTER = "requester";
  private static final String AUDITS = "audits";

  /** Whose purses are filled. */
  static final List<String> PURSES = List.of(REQUESTER, AUDITS);

  private static final Clock CLOCK = Clock.systemUTC();
  private static final String STATEMENT = "Sign in to post jobs. No money moves.";

  /** For blocks to become final, and for their news to come through settlement and Kafka. */
  private static final Duration NEWS_WITHIN = Duration.ofSeconds(90);

  private static final Duration ASKED_EVERY = Duration.ofMillis(250);

  private final LocalApi api;
  private final Faucet faucet;
  private final LocalWallets wallets;
  private final Path apiKey;

  /**
   * @param home the folder that holds the data
   */
  DevelopmentAccounts(LocalApi api, Faucet faucet, Path home) {
    this.api = api;
    this.faucet = faucet;
    this.wallets = new LocalWallets(home);
    this.apiKey = home.resolve("requester/api-key");
  }

  /** Fills the purses of the requester and of the audits, where half is gone. */
  void fund() {
    for (String name : PURSES) {
      LocalSigner wallet = wallets.open(name);
      TokenAmount room = faucet.room(wallet.address());
      if (room.plus(room).compareTo(GIFT) < 0) {
        faucet.deposit(wallet, GIFT);
      }
    }
  }

  /** Whose purse pays for audits. */
  static WalletAddress auditor(Path home) {
    return new LocalWallets(home).open(AUDITS).address();
  }

  /** Gives a worker something to lose, and binds its session key. */
  void bond(LocalSigner owner, LocalSigner sessionKey, TokenAmount amount) {
    faucet.enrol(owner, sessionKey, amount);
  }

  /** Returns when the market has heard from the chain that the key signs for a worker. */
  void awaitBound(LocalSigner sessionKey) {
    await(
        "the bond of a worker",
        () -> signIn("/worker/v1/sessions", "token", sessionKey).isPresent());
  }

  /** Deposits for a wallet; returns when the market has heard of it from the chain. */
  void deposit(LocalSigner wallet, TokenAmount amount) {
    TokenAmount ceiling = faucet.deposit(wallet, amount);
    String token = signInAsRequester(wallet);
    await("a deposit", () -> figure("authorized", token).compareTo(ceiling) >= 0);
  }

  /** Returns when somebody offers the model, as far as the market knows. */
  void awaitOffer(String model) {
    awaitOffers(model, 1);
  }

  /** Returns when so many workers do. */
  void awaitOffers(String model, int workers) {
    await(
        workers == 1 ? "an offer of " + model : "%d offers of %s".formatted(workers, model),
        () -> {
          String known = api.get("/api/models/" + model, "").orElse("{}");
          return JsonMapper.shared().readTree(known).path("workers").asInt(0) >= workers;
        });
  }

  /**
   * An API key of a requester with money, of which the market has heard from the chain; the same at
   * every start, as long as it is good.
   */
  String requestersKey() {
    String key = keptKey().orElseGet(this::mintKey);
    await("the requester's deposit", () -> !figure("available", key).isZero());
    return key;
  }

  private TokenAmount figure(String name, String credential) {
    return api.get("/api/account", credential)
        .map(account -> TokenAmount.parse(LocalApi.member(account, name)))
        .orElse(TokenAmount.ZERO);
  }

  /** A token that is good for an hour. */
  String signInAsRequester(LocalSigner wallet) {
    return signIn("/api/auth/siwe/verify", "accessToken", wallet)
        .orElseThrow(() ->
            new Refusal(
                ExitCode.SOFTWARE, "The API does not let %s in.".formatted(wallet.address())));
  }

  private Optional<String> keptKey() {
    try {
      return Files.isRegularFile(apiKey)
          ? Optional.of(Files.readString(apiKey).strip()).filter(api::knows)
          : Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException("reading " + apiKey, e);
    }
  }

  private String mintKey() {
    String minted =
        api.post(
            "/api/keys",
            signInAsRequester(wallets.open(REQUESTER)),
            """
            {"name":"quickstart","scopes":["jobs:write","jobs:read","account:read"]}\
            """);
    String key = LocalApi.member(minted, "secret");
    try {
      Files.createDirectories(apiKey.getParent());
      Files.deleteIfExists(apiKey);
      PrivateFiles.create(apiKey, (key + "\n").getBytes(StandardCharsets.US_ASCII));
    } catch (IOException e) {
      throw new UncheckedIOException("keeping the requester's key in " + apiKey, e);
    }
    return key;
  }

  private Optional<String> signIn(String path, String member, LocalSigner key) {
    String nonce = LocalApi.member(api.post("/api/auth/siwe/nonce", "", "{}"), "nonce");
    String message =
        new SignInMessage(
                api.address(), key.address(), STATEMENT, EvmNode.CHAIN_ID, nonce, CLOCK.instant())
            .text();
    return api.tryPost(
            path,
            "",
            """
            {"message":"%s","signature":"%s"}\
            """
                .formatted(message.replace("\n", "\\n"), PersonalMessage.sign(message, key)))
        .map(signedIn -> LocalApi.member(signedIn, member));
  }

  private static void await(String what, BooleanSupplier isKnown) {
    long over = System.nanoTime() + NEWS_WITHIN.toNanos();
    while (!isKnown.getAsBoolean()) {
      if (System.nanoTime() > over) {
        throw new Refusal(
            ExitCode.SOFTWARE,
            "The market has not heard of %s within %d s; ./assay logs shows why."
                .formatted(what, NEWS_WITHIN.toSeconds()));
      }
      try {
        Thread.sleep(ASKED_EVERY);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new Refusal(ExitCode.SOFTWARE, "Stopped while waiting for news of " + what + ".", e);
      }
    }
  }
}
